/*
 * A descriptor is what the host knows of a rule. Each src/rule/NAME.c defines one; no other file
 * knows a rule by name. CONTRIBUTING.md shows how to add a rule.
 */
#ifndef CLSTEP_RULE_DESCRIPTOR_H
#define CLSTEP_RULE_DESCRIPTOR_H

#include "abi/constants.h"
#include "abi/control.h"
#include "abi/formats.h"
#include "abi/rounding.h"

#include <clstep/rule.h>
#include <stdbool.h>

/* A named rule that reproduces one framework. */
typedef struct clstep__preset {
    clstep_preset_info info;
    clstep_rule rule; /* lr is 0.001 if the framework has no default; size and algorithm are 0 */
} clstep__preset;

/* Values of clstep_preset_info.checked; the tests of the presets read them. */
#define CLSTEP__CHECKED(where)  "bit-checked against " where
#define CLSTEP__FLUSHING(where) CLSTEP__CHECKED(where) " (with subnormal numbers flushed to 0)"
#define CLSTEP__SOURCE          "from source, not run"

/* The range of a number. Switches and choices need none. */
typedef enum clstep__bounds {
    CLSTEP__AT_LEAST_0, /* finite, also in fp32 */
    CLSTEP__BELOW_1,    /* [0, 1) as double; fp32 may round it to 1, as in PyTorch */
    CLSTEP__FINITE      /* either sign, finite also in fp32 */
} clstep__bounds;

/* A field of clstep_rule that the rule has, besides lr, weight_decay, decay, maximize, clip and
 * clip_bound, which all rules have. */
typedef struct clstep__rule_field {
    const char *name;
    clstep__bounds range;
} clstep__rule_field;

enum { CLSTEP__FIELDS_MAX = 16 };

/* The rule variant: the switches that select code. Rules with equal variants share kernels and
 * launches; their step constants may differ. variant.h makes and compares them. */
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
    int32_t clip;
    int32_t control; /* that of the optimizer (CLSTEP_CONTROL_...), not of the rule */
} clstep__variant;

/* The meaning of a state array. No rule has two arrays of one kind. */
typedef enum clstep__state_kind {
    CLSTEP__STATE_SQUARE,   /* an average or sum of g^2; starts at initial_square_avg */
    CLSTEP__STATE_MEAN,     /* an average of g */
    CLSTEP__STATE_MOMENTUM, /* the momentum buffer */
    CLSTEP__STATE_UPDATE,   /* an average of the update's square */
    CLSTEP__STATE_OTHER
} clstep__state_kind;

typedef struct clstep__state {
    const char *name;  /* PyTorch's */
    const char *scale; /* the name of the array of its scales */
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

/* How step constants depend on the count of steps; abi/control.h has the formulas. All zeros:
 * nothing depends on it. */
typedef struct clstep__counted {
    double lr_base;
    double lr_decay;
    double correction_base;
    double rest;
    uint32_t flags; /* CLSTEP_COUNTS_... but _DRAWS */
    /* What the formulas do not fit, so that only the host can compute it, in set_constants(); NULL:
     * they fit. For messages. */
    const char *on_host;
} clstep__counted;

/* A rule may list more states than it has at once, as some depend on switches. The last entry is
 * empty. */
enum { CLSTEP__STATES_LISTED = CLSTEP_STATES_MAX + 2 };

typedef struct clstep__descriptor {
    clstep_rule_info info; /* for the name "rmsprop" the kernel is compiled with RULE_RMSPROP */

    const clstep__preset *presets; /* the first is info.preset */
    size_t preset_count;

    clstep__rule_field fields[CLSTEP__FIELDS_MAX]; /* the last one's name is NULL */
    /* Checks that a range cannot express, in the name of clstep_rule_validate(). May be NULL. */
    clstep_status (*check)(const clstep_rule *rule);

    clstep__state states[CLSTEP__STATES_LISTED]; /* in the order of the kernel's arguments */
    /* Whether a variant has states[k]; NULL: it has all. */
    bool (*keeps)(const clstep__variant *variant, size_t k);

    /* true: bias_correction selects code; false: it only changes step constants. */
    bool correction_is_code;
    /* The self-test has bounds for devices that flush subnormal numbers. */
    bool has_flush_bounds;

    /* Fills in how constants depend on the count of steps. NULL: none but CLSTEP_FIRST does. */
    void (*count)(const clstep_rule *rule, clstep__counted *counted);

    /* Sets the rule's own step constants of step t (1 for the first), each by clstep__narrow(), and
     * may change those of step_constants.c. May be NULL. */
    void (*set_constants)(const clstep_rule *rule, double lr, uint64_t t, bool in_fp32,
                          double constants[CLSTEP_STEP_CONSTANTS]);
} clstep__descriptor;

/* The descriptors, by an index from 0; NULL after the last. */
const clstep__descriptor *clstep__descriptor_at(size_t index);

/* The descriptor of a rule that a preset has filled; NULL for any other rule. */
const clstep__descriptor *clstep__descriptor_of(const clstep_rule *rule);

/* The descriptor of a valid rule's variant. */
const clstep__descriptor *clstep__descriptor_of_variant(const clstep__variant *variant);

/* Lists the states of a variant in the order of the kernel's arguments; returns their number. */
size_t clstep__list_states(const clstep__variant *variant,
                           const clstep__state *states[CLSTEP_STATES_MAX]);

/* Whether the rule has a field of that name. */
bool clstep__has_field(const clstep__descriptor *descriptor, const char *name);

/* The presets of all rules, by an index from 0, and the rule of each; NULL after the last. */
const clstep__preset *clstep__preset_at(size_t index, const clstep__descriptor **descriptor);

#endif
