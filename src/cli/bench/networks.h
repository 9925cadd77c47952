/*
 * The parameter tensors of published networks, in the order in which their usual implementations
 * list them, by how many elements each has:
 *
 * ResNet-50, 1000 classes (K. He et al., arXiv:1512.03385, table 1): 161 tensors, 25,557,032
 * EfficientNet-B0, 1000 classes (M. Tan, Q. Le, arXiv:1905.11946, table 1; its blocks are those of
 *   arXiv:1801.04381 with the squeeze of arXiv:1709.01507): 213 tensors, 5,288,548
 * GPT-2 small, output tied to the embedding (A. Radford et al., 2019): 148 tensors, 124,439,808
 * DQN, 18 actions (V. Mnih et al., Nature 518, 2015, Methods): 10 tensors, 1,693,362
 */
#ifndef CLSTEP_CLI_BENCH_NETWORKS_H
#define CLSTEP_CLI_BENCH_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>

/* A growing list of element counts; starts as {0}. */
typedef struct bench_counts {
    size_t *of;
    size_t count;
    size_t room;
    bool failed; /* for want of memory */
} bench_counts;

void bench_counts_add(bench_counts *counts, size_t elements);

void bench_resnet50(bench_counts *counts);
void bench_efficientnet_b0(bench_counts *counts);
void bench_gpt2(bench_counts *counts);
void bench_dqn(bench_counts *counts);

#endif
