/*
 * The arrays of an optimizer in the order of a checkpoint: for each tensor the parameter, if
 * wanted, then its state arrays.
 */
#ifndef CLSTEP_SAFETENSORS_ARRAYS_H
#define CLSTEP_SAFETENSORS_ARRAYS_H

#include "base/text.h"

#include <clstep/store.h>

/* The names and shapes of the tensors of an optimizer, group after group. */
typedef struct clstep__names {
    clstep_tensor_name *list;
    size_t count;
    uint64_t *counts; /* shapes for tensors that the caller gave none */
    char *texts;      /* "0.0", "0.1" ... for tensors without a name */
} clstep__names;

/* Checks the caller's names and shapes, and completes them. */
clstep_status clstep__names_make(clstep__names *names, const char *call,
                                 const clstep_optimizer *optimizer, const clstep_tensor_name *given,
                                 size_t given_count);
void clstep__names_free(clstep__names *names);

typedef struct clstep__array {
    const clstep_tensor_name *name; /* of the tensor */
    const char *state;              /* NULL: the parameter */
    const clstep_tensor *tensor;    /* its tensor; valid during the visit */
    size_t group;
    uint64_t count; /* elements of the array */
    int32_t dtype;  /* CLSTEP_DTYPE_FLOAT32 ... */
    cl_mem buffer;  /* NULL if count is 0 */
    uint64_t offset;
} clstep__array;

typedef clstep_status (*clstep__array_visitor)(const clstep__array *array, void *context);

/* Calls `visit` for every array until one fails. */
clstep_status clstep__for_arrays(const clstep_optimizer *optimizer, const clstep__names *names,
                                 int with_params, clstep__array_visitor visit, void *context);

/* Writes the name of an array in a file, NAME or NAME.STATE, to the beginning of `text`. */
clstep_status clstep__array_name(const char *call, const char *name, const char *state,
                                 clstep__text *text);

#endif
