/*
 * The arrays of an optimizer one after the other, as they lie in a checkpoint: for every tensor the
 * parameter, where wanted, then every array of its state.
 */
#ifndef CLSTEP_SAFETENSORS_ARRAYS_H
#define CLSTEP_SAFETENSORS_ARRAYS_H

#include "base/text.h"

#include <clstep/store.h>

/* What the tensors of an optimizer are called, group after group, and their shapes. */
typedef struct clstep__names {
    clstep_tensor_name *list;
    size_t count;
    uint64_t *counts; /* the shapes of those without */
    char *texts;      /* "0.0", "0.1" ... where the caller gave no names */
} clstep__names;

/* Checks what the caller gave (count, names, products of the shapes), and completes it. */
clstep_status clstep__names_make(clstep__names *names, const char *call,
                                 const clstep_optimizer *optimizer, const clstep_tensor_name *given,
                                 size_t given_count);
void clstep__names_free(clstep__names *names);

typedef struct clstep__array {
    const clstep_tensor_name *name; /* of the tensor */
    const char *state;              /* NULL: the parameter */
    const clstep_tensor *tensor;    /* that it belongs to; valid during the visit */
    size_t group;
    uint64_t count; /* its own elements */
    int32_t dtype;  /* CLSTEP_DTYPE_FLOAT32 ... */
    cl_mem buffer;  /* NULL where count is 0 */
    uint64_t offset;
} clstep__array;

typedef clstep_status (*clstep__array_visitor)(const clstep__array *array, void *context);

/* Calls `visit` for every array until one fails. */
clstep_status clstep__for_arrays(const clstep_optimizer *optimizer, const clstep__names *names,
                                 int with_params, clstep__array_visitor visit, void *context);

/* What an array is called in a file: NAME or NAME.STATE, in `text` from its beginning. */
clstep_status clstep__array_name(const char *call, const char *name, const char *state,
                                 clstep__text *text);

#endif
