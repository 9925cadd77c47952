/* Rounds of several things in turn, each timed from its enqueue to the queue's finish, as a caller
 * sees it. The machine's speed drifts: compare times of one round only. */
#ifndef CLSTEP_CLI_BENCH_ROUNDS_H
#define CLSTEP_CLI_BENCH_ROUNDS_H

#include "cli/workplace.h"

enum { BENCH_ROUNDS_MAX = 1000, BENCH_CANDIDATES_MAX = 16 };

typedef struct bench_candidate {
    int (*enqueue)(void *of); /* an exit code */
    void *of;
} bench_candidate;

/* Seconds of every round. */
typedef struct bench_times {
    size_t rounds;
    double whole[BENCH_CANDIDATES_MAX][BENCH_ROUNDS_MAX];
    double host[BENCH_CANDIDATES_MAX][BENCH_ROUNDS_MAX]; /* of the enqueue alone */
} bench_times;

/* Median and quartiles. */
typedef struct bench_spread {
    double median, low, high;
} bench_spread;

/* `rounds` 0: as many as fit about a second, from 11 to 201. */
int bench_rounds_run(const workplace *place, const bench_candidate *candidates, size_t count,
                     size_t rounds, bench_times *times);

bench_spread bench_spread_of(const double *values, size_t count);
/* Of a / b, round by round. */
bench_spread bench_ratio(const double *a, const double *b, size_t count);

#endif
