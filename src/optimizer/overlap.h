/* Do ranges of buffers share elements that a step writes? */
#ifndef CLSTEP_OPTIMIZER_OVERLAP_H
#define CLSTEP_OPTIMIZER_OVERLAP_H

#include "optimizer/range.h"

/* A run of bytes of a root buffer. If the buffer is made of host memory, the bytes are those of the
 * host: several buffers may share them. */
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

/* Refuses a run that is written and overlaps another. Sorts the runs. */
clstep_status clstep__runs_check(clstep__run *runs, size_t count);

/* The same for one more run: the other `count` are sorted and written, and do not overlap. */
void clstep__runs_sort(clstep__run *runs, size_t count);
clstep_status clstep__run_check(const clstep__run *sorted, size_t count, const clstep__run *run);

#endif
