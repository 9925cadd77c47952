/*
 * What the host knows of a rule: each src/rule/NAME.c defines one descriptor, and every other file
 * reads it. CONTRIBUTING.md shows how to add one.
 */
#ifndef CLSTEP_RULE_DESCRIPTOR_H
#define CLSTEP_RULE_DESCRIPTOR_H

#include "abi/constants.h"
#include "abi/formats.h"
#include "abi/rounding.h"

#include <clstep/rule.h>
#include <stdbool.h>

/* A named rule that reproduces one framework. */
typedef struct clstep__preset {
    clstep_preset_info info;
    clstep_rule rule; /* lr 0.001 where the framework asks the user for it; size, algorithm are 0 */
} clstep__preset;

/* Beginnings of clstep_preset_info.checked: what the tests of the bits are held to. */
#define CLSTEP__CHECKED(where)  "bit-checked against " where
#define CLSTEP__FLUSHING(where) CLSTEP__CHECKED(where) ", subnormal numbers being zeros there"
#define CLSTEP__SOURCE          "from source, not run"

/* Which values of a number can be computed. Switches and choices need no range. */
typedef enum clstep__bounds {
    CLSTEP__AT_LEAST_0, /* finite, also in fp32 */
    CLSTEP__BELOW_1,    /* [0, 1) as double; fp32 may round it to 1, as in PyTorch */
    CLSTEP__FINITE      /* either sign, finite also in fp32 */
} clstep__bounds;

/* A field of clstep_rule that the rule has. All have lr, weight_decay, decay and maximize. */
typedef struct clstep__rule_field {
    const char *name;
    clstep__bounds range;
} clstep__rule_field;

enum { CLSTEP__FIELDS_MAX = 16 };

/* The variant of a rule: the switches that select code. Two rules of equal variant share kernels
 * and launches; their step constants may differ. variant.h makes and compares them. */
typedef struct clstep__variant {
    int32_t algorithm; /* that of the rule */
    int32_t rounding;  /* CLSTEP_ROUNDING_OWN ... */
    int32_t centered;  /* CLSTEP_CENTERED_NO ... */
    int32_t momentum;  /* 1: there is a momentum buffer */
    int32_t lr_in_momentum;
    int32_t nesterov;
    int32_t eps_inside_sqrt;
    int32_t bias_correction;
    int32_t amsgrad;
    int32_t decay_decoupled;
    int32_t maximize;
} clstep__variant;

/* What an array of state means; no rule keeps two of one kind. */
typedef enum clstep__state_kind {
    CLSTEP__STATE_SQUARE,   /* of the gradient; starts at initial_square_avg */
    CLSTEP__STATE_MEAN,     /* of the gradient */
    CLSTEP__STATE_MOMENTUM, /* what was subtracted, or would have been */
    CLSTEP__STATE_OTHER
} clstep__state_kind;

typedef struct clstep__state {
    const char *name;  /* PyTorch's */
    const char *scale; /* of its 8-bit blocks */
    clstep__state_kind kind;
    bool has_sign; /* may be negative */
} clstep__state;

#define CLSTEP__STATE(name, kind)                                                                  \
    {                                                                                              \
        name, name ".scale", CLSTEP__STATE_##kind, false                                           \
    }
#define CLSTEP__SIGNED_STATE(name, kind)                                                           \
    {                                                                                              \
        name, name ".scale", CLSTEP__STATE_##kind, true                                            \
    }

/* More than any rule keeps at once, since some depend on switches; the last is empty. */
enum { CLSTEP__STATES_LISTED = CLSTEP_STATES_MAX + 2 };

typedef struct clstep__descriptor {
    clstep_rule_info info; /* of the name "rmsprop" RULE_RMSPROP compiles the kernel */

    const clstep__preset *presets; /* the first is info.preset */
    size_t preset_count;

    clstep__rule_field fields[CLSTEP__FIELDS_MAX]; /* beside those that all have; ends in NULL */
    /* What no range tells; NULL where there is nothing. Fails as clstep_rule_validate(). */
    clstep_status (*check)(const clstep_rule *rule);

    clstep__state states[CLSTEP__STATES_LISTED]; /* in the order of the kernel's arguments */
    /* Whether a variant keeps states[k]; NULL: it keeps all. */
    bool (*keeps)(const clstep__variant *variant, size_t k);

    /* bias_correction selects code; otherwise it only changes step constants. */
    bool correction_is_code;
    /* The self-test knows bounds for its results on devices that flush subnormal numbers. */
    bool has_flush_bounds;

    /* Fills in what step t (1 for the first) needs beside the constants that all rules have
     * (step_constants.c), as clstep__narrow() of each number. NULL where that is nothing. */
    void (*set_constants)(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS]);
} clstep__descriptor;

/* NULL past the last. */
const clstep__descriptor *clstep__descriptor_at(size_t index);

/* That of a rule that a preset has filled; NULL for any other. */
const clstep__descriptor *clstep__descriptor_of(const clstep_rule *rule);

/* That of a variant of a valid rule. */
const clstep__descriptor *clstep__descriptor_of_variant(const clstep__variant *variant);

/* The states that a variant keeps, in the order of the kernel's arguments; returns their number. */
size_t clstep__kept_states(const clstep__variant *variant,
                           const clstep__state *kept[CLSTEP_STATES_MAX]);

/* Whether the rule has a field of that name. */
bool clstep__has_field(const clstep__descriptor *descriptor, const char *name);

/* A preset by its running number; NULL past the last. */
const clstep__preset *clstep__preset_at(size_t index, const clstep__descriptor **descriptor);

#endif
