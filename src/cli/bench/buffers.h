/* What a row is measured on: the buffers of a model. */
#ifndef CLSTEP_CLI_BENCH_BUFFERS_H
#define CLSTEP_CLI_BENCH_BUFFERS_H

#include "cli/bench/models.h"
#include "cli/bench/workloads.h"
#include "cli/workplace.h"

typedef struct bench_buffers {
    const workplace *place;
    const bench_model *model;
    const bench_workload *workload;
    cl_mem flat[2]; /* parameters and gradients, all tensors one after the other */
    uint64_t most;  /* bytes of the device's largest buffer */
    cl_mem *own;    /* NULL, or parameter and gradient of each tensor in buffers of their own */
} bench_buffers;

/* Of the buffers of a model and of an optimizer for it. */
double bench_buffers_bytes(const bench_model *model, const bench_workload *workload);

/* Whether the buffers of a flat model and of an optimizer for it are at most a quarter of the
 * device's memory, and the parameters fit one buffer. An exit code; says what is wrong. */
int bench_buffers_fit(const workplace *place, const bench_model *model,
                      const bench_workload *workload, bool *fits);

/*
 * Takes `bytes` of the host's memory until free(), where the device computes in that. What is made
 * first gets the small pieces that others have left, in which a core has more addresses to look up,
 * and what is made later the large ones: 64M elements in bf16 came to 1.90 times fp32's elements a
 * second where bf16's buffers were made first, to 1.96 where fp32's were; with the small pieces
 * held meanwhile to 1.93 and 1.96 (medians of eight and three runs; two cores of a Zen 4, PoCL 3.1;
 * with pages of 2 MiB the order makes no difference). NULL where that is more than a quarter of the
 * device's memory or a third of what is free, since the buffers take as much, or where the device
 * has memory of its own.
 */
void *bench_buffers_reserve(const workplace *place, double bytes);

/* Fills all buffers with numbers in (-1, 1). Close accepts what a failed open has left. */
int bench_buffers_open(bench_buffers *buffers, const workplace *place, const bench_model *model,
                       const bench_workload *workload, bool own_buffers);
void bench_buffers_close(bench_buffers *buffers);

/* Fails where parameters are not finite any more: an update of NaN would not be one. */
int bench_buffers_check(const bench_buffers *buffers);

#endif
