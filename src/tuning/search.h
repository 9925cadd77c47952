/* The order in which launch parameters are tried. Pure host code; it measures nothing. */
#ifndef CLSTEP_TUNING_SEARCH_H
#define CLSTEP_TUNING_SEARCH_H

#include <clstep/engine.h>
#include <stdbool.h>
#include <stddef.h>

/* The result of a candidate. */
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

/* Tries candidates, each once, and returns the best. Does not try the default. */
clstep_engine_options clstep__tune_search_run(const clstep__tune_search *search);

/* Whether engines with these two sets of launch parameters launch in the same way. */
bool clstep__tune_same(const clstep_engine_options *a, const clstep_engine_options *b);

#endif
