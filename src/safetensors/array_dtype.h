/* The dtypes of arrays in files, and the search for bad numbers in arrays. */
#ifndef CLSTEP_SAFETENSORS_ARRAY_DTYPE_H
#define CLSTEP_SAFETENSORS_ARRAY_DTYPE_H

#include <clstep/store.h>

/* The name of a dtype in safetensors files, NULL if it has none; and the dtype of a name, -1 if
 * there is none. */
const char *clstep__dtype_name(int32_t dtype);
int32_t clstep__dtype_of(const char *name);

/* Does for an array of any dtype what clstep_state_find_bad() does for fp32: returns the index of
 * the first bad element, and its value in *value; `count` if all are good. */
size_t clstep__array_find_bad(const char *state, int32_t dtype, const void *elements, size_t count,
                              float *value);

#endif
