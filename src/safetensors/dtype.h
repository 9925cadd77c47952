/* The dtypes of the format, and the bytes of a tensor. */
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

/* Finds a dtype; NULL if there is none of that name. */
const clstep__dtype *clstep__dtype_find(const char *name);

/* The elements and bytes of a shape. False if its bits cannot be counted in 64 bits. *partial_byte:
 * elements of less than a byte do not fill the last byte, which the format forbids. */
bool clstep__shape_size(const clstep__dtype *dtype, size_t rank, const uint64_t *shape,
                        uint64_t *count, uint64_t *bytes, bool *partial_byte);

#endif
