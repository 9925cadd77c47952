/* From the state of one rule to that of another: what changes in meaning, and the arithmetic. */
#ifndef CLSTEP_CONVERT_TRANSLATE_H
#define CLSTEP_CONVERT_TRANSLATE_H

#include "convert/dialect.h"
#include "convert/report.h"

/* What becomes of a momentum buffer. */
typedef enum clstep__scale {
    CLSTEP__SCALE_KEEP,
    CLSTEP__SCALE_BY_LR, /* into the buffer */
    CLSTEP__SCALE_OUT_OF_LR
} clstep__scale;

typedef struct clstep__translation {
    const clstep_rule *from;
    const clstep_rule *to;
    bool from_variance; /* the square slot holds grad_var */
    bool to_variance;
    /* 1 - rho^steps where the variance is that of averages that are corrected already, else 1. */
    double from_weight;
    double to_weight;
    clstep__scale scale;
    bool negate;
    float lr;
    uint64_t elements; /* so far */
    uint64_t rounded[CLSTEP__SLOTS];
    uint64_t clamped;
} clstep__translation;

/* CLSTEP_UNSUPPORTED where there is no way from one to the other. */
clstep_status clstep__translation_make(clstep__translation *translation, const char *call,
                                       const clstep_rule *from, const clstep_rule *to,
                                       uint64_t steps, bool negate);

/* Translates `count` elements in place; a slot that `from` does not keep is NULL, but for a
 * momentum that is to be made: that holds zeros. Returns the index of the first element that
 * overflows or becomes NaN, `count` where none does. */
size_t clstep__translate(clstep__translation *translation, float *const values[CLSTEP__SLOTS],
                         size_t count);

#endif
