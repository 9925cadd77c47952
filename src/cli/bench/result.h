/* The result of a row of `clstep bench`, and its fields by name, as in JSON and CSV. */
#ifndef CLSTEP_CLI_BENCH_RESULT_H
#define CLSTEP_CLI_BENCH_RESULT_H

#include "cli/bench/models.h"
#include "cli/bench/rounds.h"
#include "cli/bench/workloads.h"

#include <stdio.h>

typedef struct bench_result {
    char model[32];
    char rule[96];
    clstep_dtype param, grad, state;
    size_t elements;
    size_t tensors;
    bool own_buffers;
    size_t rounds;
    size_t states;             /* arrays of state per element */
    const char *limit_variant; /* its fastest variant */
    double limit;              /* that one's median, in seconds */
    double arithmetic;         /* the same with divide and square root, or NAN */
    double limit_moved; /* its medians in the first and in the second half of the rounds: the larger
                           / the smaller - 1 */
    double update;      /* median, in seconds */
    double best_limit;  /* of all variants and rounds, in seconds */
    double best_update; /* of all rounds: what an undisturbed machine shows */
    bench_spread share; /* limit / update, round by round */
    const char *versus; /* "flat", "fp32", "fused", or "" */
    bench_spread ratio; /* of that one's time to the update's, round by round; else 1 */
    size_t launches;
    double host; /* median seconds of the enqueue */
    double
        first; /* from an engine's creation to the end of its first step; NAN where not measured */
    double again; /* the same for a second engine in the same process */
} bench_result;

typedef struct bench_results {
    bench_result *of;
    size_t count;
} bench_results;

/* Takes a copy. An exit code. */
int bench_results_add(bench_results *results, const bench_result *result);

/* Bytes that an update reads and writes for each element; and GB (10^9 bytes) per second if it
 * takes `seconds`. */
size_t bench_result_bytes(const bench_result *result);
double bench_result_gbps(const bench_result *result, double seconds);

void bench_print_json(FILE *stream, const bench_result *result, const clstep_device_info *device);
/* A file with a heading and all rows; an exit code. */
int bench_write_csv(const char *path, const bench_results *results,
                    const clstep_device_info *device);

#endif
