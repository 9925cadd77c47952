/* How frameworks lay their states out in a safetensors file, and which rules they have. */
#ifndef CLSTEP_CONVERT_DIALECT_H
#define CLSTEP_CONVERT_DIALECT_H

#include "base/text.h"

#include <clstep/store.h>
#include <stdbool.h>

/* What the arrays of a state are; no rule keeps two of one kind. */
typedef enum clstep__slot {
    CLSTEP__SQUARE,   /* square_avg, grad_var, sum, exp_avg_sq */
    CLSTEP__MEAN,     /* grad_avg, exp_avg */
    CLSTEP__MOMENTUM, /* momentum_buffer */
    CLSTEP__OTHER,    /* what no other rule has: is copied as it is */
    CLSTEP__SLOTS
} clstep__slot;

/* Whether a file has a momentum array although the rule's momentum is 0. */
typedef enum clstep__spare {
    CLSTEP__SPARE_NEVER,
    CLSTEP__SPARE_MAYBE,
    CLSTEP__SPARE_ALWAYS
} clstep__spare;

typedef struct clstep__affixes {
    const char *prefix;
    const char *suffix;
} clstep__affixes;

typedef struct clstep__dialect {
    clstep_dialect_info info;
    const char *preset; /* of a file that does not tell its rule; NULL: it must tell */
    /* What stands around a tensor's name; NULL: NAME.STATE. */
    const clstep__affixes *affixes;
    bool flat_names;       /* '/' in a tensor's name becomes '_' */
    bool negates_momentum; /* the buffer is what is added, not what is subtracted */
    clstep__spare spare_momentum;
    bool step_each;         /* NAME.step */
    const char *step;       /* a count for all */
    const char *step_dtype; /* of either */
    const char *lr;         /* fp32, for all */
} clstep__dialect;

/* CLSTEP_INVALID_ARGUMENT where there is none of that name; `argument` is what named it. */
clstep_status clstep__dialect_find(const char *call, const char *argument, const char *name,
                                   const clstep__dialect **dialect);

/* Whether files of the dialect are checkpoints: any rule, and always the entry "clstep". */
bool clstep__dialect_is_own(const clstep__dialect *dialect);

clstep__slot clstep__slot_of(const char *state);

/* The array of a slot that the rule keeps, by clstep_rule_state_name(); NULL where it keeps none.
 */
const char *clstep__state_in(const clstep_rule *rule, clstep__slot slot);

/* The name of a tensor's array in a file, in `text` from its beginning. */
clstep_status clstep__dialect_array(const char *call, const clstep__dialect *dialect,
                                    const clstep_rule *rule, const char *name, const char *state,
                                    clstep__text *text);

/* The length of NAME in `array`, the name of an array that holds `state`, and its first character;
 * 0 where it is no such name. */
size_t clstep__dialect_match(const clstep__dialect *dialect, const char *state, const char *array,
                             const char **name);

/* Whether the framework keeps its own count of steps for the rule. */
bool clstep__dialect_counts_each(const clstep__dialect *dialect, const clstep_rule *rule);

#endif
