/* What a row is measured on: the buffers of a model, and optimizers for it. */
#ifndef CLSTEP_CLI_BENCH_BED_H
#define CLSTEP_CLI_BENCH_BED_H

#include "cli/bench/limit.h"
#include "cli/bench/models.h"
#include "cli/bench/rules.h"

typedef struct bench_bed {
    const workplace *place;
    const bench_model *model;
    const bench_contest *contest;
    cl_mem flat[2]; /* parameters and gradients, all tensors one after the other */
    uint64_t most;  /* bytes of the device's largest buffer */
    cl_mem *own;    /* NULL, or parameter and gradient of each tensor in buffers of their own */
} bench_bed;

/* Of the buffers of a model and of an optimizer for it. */
double bench_bed_bytes(const bench_model *model, const bench_contest *contest);

/* Whether the buffers of a flat model and of an optimizer for it are at most a quarter of the
 * device's memory, and the parameters fit one buffer. An exit code; says what is wrong. */
int bench_bed_fits(const workplace *place, const bench_model *model, const bench_contest *contest,
                   bool *fits);

/* Fills all buffers with numbers in (-1, 1). Close accepts what a failed open has left. */
int bench_bed_open(bench_bed *bed, const workplace *place, const bench_model *model,
                   const bench_contest *contest, bool own_buffers);
void bench_bed_close(bench_bed *bed);

/* An optimizer for the model; with `flat` for one tensor of as many elements in its place. */
int bench_bed_optimizer(const bench_bed *bed, clstep_engine *engine, bool flat,
                        clstep_optimizer **optimizer);

/* What a step of `optimizer`, made with `flat` or from tensors in `flat`, reads and writes. */
int bench_bed_load(const bench_bed *bed, const clstep_optimizer *optimizer, limit_load *load);

/* Fails where parameters are not finite any more: an update of NaN would not be one. */
int bench_bed_check(const bench_bed *bed);

#endif
