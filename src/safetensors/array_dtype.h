/* The dtypes of arrays in files, and what is wrong with their elements. */
#ifndef CLSTEP_SAFETENSORS_ARRAY_DTYPE_H
#define CLSTEP_SAFETENSORS_ARRAY_DTYPE_H

#include <clstep/store.h>

/* The name of a dtype in safetensors; NULL for none. The dtype of a name; -1 for others. */
const char *clstep__dtype_name(int32_t dtype);
int32_t clstep__dtype_of(const char *name);

/* The index of the first of `count` elements of a state array from which training cannot go on, as
 * clstep_state_find_bad() has it; `count` where there is none. *value is what it is. */
size_t clstep__array_find_bad(const char *state, int32_t dtype, const void *elements, size_t count,
                              float *value);

#endif
