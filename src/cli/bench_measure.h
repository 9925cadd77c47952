/* Rounds of an update and its yardstick in turn, and what they come to. */
#ifndef CLSTEP_CLI_BENCH_MEASURE_H
#define CLSTEP_CLI_BENCH_MEASURE_H

#include "cli/bench_options.h"
#include "cli/yardstick.h"

typedef struct bench_result {
    size_t form;                  /* of the yardstick: the fastest by its median */
    double limit;                 /* its median, in seconds */
    double update;                /* the median of the update, in seconds */
    double share;                 /* the median over the rounds of limit / update */
    double share_low, share_high; /* and its quartiles */
} bench_result;

int bench_measure(const bench_options *of, const workplace *place, clstep_optimizer *optimizer,
                  const yardstick *stick, bench_result *result);

#endif
