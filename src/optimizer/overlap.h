/* Whether ranges of buffers share elements that a step writes. */
#ifndef CLSTEP_OPTIMIZER_OVERLAP_H
#define CLSTEP_OPTIMIZER_OVERLAP_H

#include "optimizer/range.h"

/* A run of bytes: of a root buffer or, where that is memory of the host, of the host's memory,
 * which several buffers may be made of. */
typedef struct clstep__run {
    uintptr_t root; /* 0: the host's memory */
    uint64_t begin;
    uint64_t end;
    cl_mem whole; /* the root buffer */
    int is_part;  /* given by a sub-buffer */
    int is_written;
    clstep__place of; /* whose it is ... */
    const char *as;   /* ... and what: "param", "grad" */
} clstep__run;

/* Finds where a range lies. */
clstep_status clstep__run_of(const clstep__range *range, clstep__run *run);

/* No run that is written may overlap another. Changes their order. */
clstep_status clstep__runs_check(clstep__run *runs, size_t count);

/* The same for one run more among `count` that are sorted, all of which are written and none of
 * which overlap. */
void clstep__runs_sort(clstep__run *runs, size_t count);
clstep_status clstep__run_check(const clstep__run *sorted, size_t count, const clstep__run *run);

#endif
