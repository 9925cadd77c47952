/* The dtypes of the format, and how many bytes a tensor has. */
#ifndef CLSTEP_SAFETENSORS_DTYPE_H
#define CLSTEP_SAFETENSORS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The format's limit on the length of a header. */
#define CLSTEP__HEADER_MOST 100000000u

typedef struct clstep__dtype {
    const char *name;
    unsigned bits; /* of an element */
} clstep__dtype;

/* NULL where there is no such dtype. */
const clstep__dtype *clstep__dtype_find(const char *name);

/* The elements and bytes of a shape. False where the bits do not fit into 64 bits. `*odd` tells
 * whether elements of less than a byte leave the last one unfilled, which the format forbids. */
bool clstep__shape_size(const clstep__dtype *dtype, size_t rank, const uint64_t *shape,
                        uint64_t *count, uint64_t *bytes, bool *odd);

#endif
