/* Translates the state of one rule into the state of another. */
#ifndef CLSTEP_CONVERT_TRANSLATE_H
#define CLSTEP_CONVERT_TRANSLATE_H

#include "convert/dialect.h"
#include "convert/report.h"

/* What happens to the momentum buffer. */
typedef enum clstep__scale {
    CLSTEP__SCALE_KEEP,
    CLSTEP__SCALE_BY_LR,    /* it is multiplied by lr */
    CLSTEP__SCALE_OUT_OF_LR /* it is divided by lr */
} clstep__scale;

typedef struct clstep__translation {
    const clstep_rule *from;
    const clstep_rule *to;
    bool from_variance; /* the square slot holds grad_var */
    bool to_variance;
    /* 1 - rho^steps if mean and variance are corrected already, else 1. */
    double from_weight;
    double to_weight;
    clstep__scale scale;
    bool negate;
    float lr;
    uint64_t elements; /* so far */
    uint64_t rounded[CLSTEP__SLOTS];
    uint64_t clamped;
} clstep__translation;

/* Plans the translation. CLSTEP_UNSUPPORTED: it is impossible. */
clstep_status clstep__translation_make(clstep__translation *translation, const char *call,
                                       const clstep_rule *from, const clstep_rule *to,
                                       uint64_t steps, bool negate);

/* Translates `count` elements in place. A slot that `from` does not have is NULL, except a momentum
 * that `to` has: that is all zeros. Returns the index of the first element that overflows or
 * becomes NaN; `count` if there is none. */
size_t clstep__translate(clstep__translation *translation, float *const values[CLSTEP__SLOTS],
                         size_t count);

#endif
