/* Which launch parameters are tried, in which order. Pure host code: nothing is measured here. */
#ifndef CLSTEP_TUNING_SEARCH_H
#define CLSTEP_TUNING_SEARCH_H

#include <clstep/engine.h>
#include <stdbool.h>
#include <stddef.h>

/* How a candidate did. */
typedef struct clstep__tune_result {
    bool faster; /* it is the best from now on */
    double gain; /* the best's time / this one's; 0: it cannot be used */
} clstep__tune_result;

typedef struct clstep__tune_search {
    bool is_cpu;
    size_t group_most;              /* work-items of the device's largest work-group */
    clstep_engine_options standard; /* the device's default, all of it set */
    clstep__tune_result (*try_launch)(const clstep_engine_options *launch, void *data);
    void *data; /* for `try_launch` */
} clstep__tune_search;

/* How many candidates there are at most. */
size_t clstep__tune_search_most(const clstep__tune_search *search);

/* Tries candidates, none of them twice nor the default, and returns the best. */
clstep_engine_options clstep__tune_search_run(const clstep__tune_search *search);

/* Whether two engines with these would launch alike. */
bool clstep__tune_same(const clstep_engine_options *a, const clstep_engine_options *b);

#endif
