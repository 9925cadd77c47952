/* In which formats the arrays of a tensor lie in memory, and which arrays there are. */
#ifndef CLSTEP_RULE_STATE_ARRAYS_H
#define CLSTEP_RULE_STATE_ARRAYS_H

#include "rule/variant.h"

typedef struct clstep__format {
    int32_t param; /* CLSTEP_DTYPE_FLOAT32 ... */
    int32_t grad;
    int32_t state;   /* never a default */
    int32_t storage; /* CLSTEP_PARAM_STOCHASTIC ...; NEAREST where the parameter has not 16 bits */
} clstep__format;

/* State arrays, a scale for each, and the master copy or residual. */
enum { CLSTEP__ARRAYS_MAX = 2 * CLSTEP_STATES_MAX + 1 };

/* The format of a tensor. `state` 0 is the type that is computed in. */
clstep__format clstep__format_of(int32_t param, int32_t grad, int32_t state, int32_t storage);

bool clstep__format_equal(const clstep__format *a, const clstep__format *b);

/* Whether a step in this format draws random bits; if so, or if the state has 8 bits, chunks
 * begin at multiples of CLSTEP_BLOCK8_ELEMENTS of the tensor. */
bool clstep__format_is_random(const clstep__variant *variant, const clstep__format *format);

/* Lists the arrays in the order of the kernel's arguments, and gives their number. */
size_t clstep__format_arrays(const clstep__variant *variant, const clstep__format *format,
                             clstep_array_form arrays[CLSTEP__ARRAYS_MAX]);

/* The bytes of an array for `elements` elements of tensors. */
uint64_t clstep__array_bytes(const clstep_array_form *array, uint64_t elements);

/* What all elements of an array are before the first step. */
typedef struct clstep__first_value {
    unsigned char bytes[8];
} clstep__first_value;

/* That of an array whose numbers begin as `number`, and of its scales: to nearest. Residuals and
 * what is not looked at before it is written begin as 0. */
void clstep__format_first(const clstep_array_form *array, double number,
                          clstep__first_value *value);

/* Bit k: state array k may be negative. */
uint32_t clstep__signs(const clstep__variant *variant);

#endif
