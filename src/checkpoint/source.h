/* Finds the array of a checkpoint from which to load an array of an optimizer. */
#ifndef CLSTEP_CHECKPOINT_SOURCE_H
#define CLSTEP_CHECKPOINT_SOURCE_H

#include "checkpoint/checkpoint.h"
#include "safetensors/arrays.h"

#include <stdbool.h>

/* Where the elements of an array come from. */
typedef struct clstep__source {
    size_t index;          /* of the array in the file; SIZE_MAX: the parameter on the device */
    int32_t dtype;         /* of its elements */
    bool converts;         /* false: its bytes can be copied, and nothing below is set */
    size_t completes;      /* the index of its scales or its param_residual; SIZE_MAX: none */
    const char *state;     /* the state array that the numbers belong to; NULL: the parameter */
    uint64_t count;        /* elements of the tensor */
    int32_t split;         /* to split numbers into parameter and param_residual: the parameter's
                              dtype; else -1 */
    cl_mem param;          /* where the parameter lies on the device ... */
    uint64_t param_offset; /* ... in elements */
} clstep__source;

/* What the searches of a load share. */
typedef struct clstep__sources {
    const char *call;
    const clstep_checkpoint *checkpoint;
    const clstep_optimizer *optimizer;
    const clstep_load_options *options;
    clstep__text text;
} clstep__sources;

/* Refuses an array that cannot be loaded. The file has state of the tensor. */
clstep_status clstep__source_find(clstep__sources *of, const clstep__array *array,
                                  clstep__source *source);

/* Whether it is bf16 or fp16. */
bool clstep__is_16_bits(int32_t dtype);

#endif
