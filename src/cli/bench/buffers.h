/* The buffers of a model, which a row is measured on. */
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

/* Bytes of the buffers of a model and of an optimizer for it. */
double bench_buffers_bytes(const bench_model *model, const bench_workload *workload);

/* Whether the buffers of a flat model and of an optimizer for it are at most a quarter of the
 * device's memory, and the parameters fit one buffer. An exit code; says what is wrong. */
int bench_buffers_fit(const workplace *place, const bench_model *model,
                      const bench_workload *workload, bool *fits);

/*
 * Takes `bytes` of the host's memory until free(), if the device computes there. Buffers that are
 * made first get the small free pages, which cost a core more address lookups; later ones get the
 * large pages. Measured: 64M elements in bf16 were 1.90 times as fast as fp32 if bf16's buffers
 * were made first, 1.96 times if fp32's were; with the small pages taken meanwhile, 1.93 and 1.96
 * (medians of eight and three runs; two cores of a Zen 4, PoCL 3.1; no difference with pages of 2
 * MiB). NULL if `bytes` is more than a quarter of the device's memory or a third of the free
 * memory, since the buffers take as much again, or if the device has memory of its own.
 */
void *bench_buffers_reserve(const workplace *place, double bytes);

/* Fills all buffers with numbers in (-1, 1). Close accepts what a failed open has left. */
int bench_buffers_open(bench_buffers *buffers, const workplace *place, const bench_model *model,
                       const bench_workload *workload, bool own_buffers);
void bench_buffers_close(bench_buffers *buffers);

/* Fails if parameters are no longer finite: updates of NaN are not worth timing. */
int bench_buffers_check(const bench_buffers *buffers);

#endif
