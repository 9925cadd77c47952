/* The formats of a tensor, and its state arrays. */
#ifndef CLSTEP_RULE_STATE_ARRAYS_H
#define CLSTEP_RULE_STATE_ARRAYS_H

#include "rule/variant.h"

typedef struct clstep__format {
    int32_t param; /* CLSTEP_DTYPE_FLOAT32 ... */
    int32_t grad;
    int32_t state;   /* CLSTEP_DTYPE_UINT8 for 8-bit block state */
    int32_t storage; /* CLSTEP_PARAM_STOCHASTIC ...; NEAREST for fp32 and fp64 parameters */
} clstep__format;

/* State arrays, a scale for each, and the master copy or residual. */
enum { CLSTEP__ARRAYS_MAX = 2 * CLSTEP_STATES_MAX + 1 };

/* The format of a tensor. `state` is a clstep_state_storage, whose values are those of the dtypes
 * that it stores; 0 becomes fp64 for fp64 parameters. */
clstep__format clstep__format_of(int32_t param, int32_t grad, int32_t state, int32_t storage);

bool clstep__format_equal(const clstep__format *a, const clstep__format *b);

/* Whether a step in this format draws random bits. If so, chunks begin at multiples of
 * CLSTEP_BLOCK8_ELEMENTS of the tensor. */
bool clstep__format_is_random(const clstep__variant *variant, const clstep__format *format);

/* Lists the arrays in the order of the kernel's arguments; returns their number. */
size_t clstep__format_arrays(const clstep__variant *variant, const clstep__format *format,
                             clstep_array_form arrays[CLSTEP__ARRAYS_MAX]);

/* The bytes of an array for `elements` elements of a tensor. */
uint64_t clstep__array_bytes(const clstep_array_form *array, uint64_t elements);

/* The value of all elements of an array before the first step. */
typedef struct clstep__first_value {
    unsigned char bytes[8];
} clstep__first_value;

/* The first value of an array whose numbers begin as `number`, or of its scales, rounded to
 * nearest. Residuals and master copies begin as 0. */
void clstep__format_first(const clstep_array_form *array, double number,
                          clstep__first_value *value);

/* Bit k is set if state array k may be negative. */
uint32_t clstep__signs(const clstep__variant *variant);

#endif
