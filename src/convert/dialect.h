/* Dialects: the layouts of the frameworks' states in safetensors files. */
#ifndef CLSTEP_CONVERT_DIALECT_H
#define CLSTEP_CONVERT_DIALECT_H

#include "base/text.h"

#include <clstep/store.h>
#include <stdbool.h>

/* The meaning of a state array. No rule has two arrays of one slot. */
typedef enum clstep__slot {
    CLSTEP__SQUARE,   /* square_avg, grad_var, sum, exp_avg_sq */
    CLSTEP__MEAN,     /* grad_avg, exp_avg */
    CLSTEP__MOMENTUM, /* momentum_buffer */
    CLSTEP__OTHER,    /* an array that only one rule has; it is copied */
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
    const char *preset; /* of a file without a rule; NULL: it must have one */
    /* What stands around a tensor's name; NULL: NAME.STATE. */
    const clstep__affixes *affixes;
    bool flat_names;       /* '/' in a tensor's name becomes '_' */
    bool negates_momentum; /* the framework adds the buffer to the parameter */
    clstep__spare spare_momentum;
    bool step_each;         /* NAME.step */
    const char *step;       /* a count for all */
    const char *step_dtype; /* of either */
    const char *lr;         /* fp32, for all */
} clstep__dialect;

/* Finds a dialect; CLSTEP_INVALID_ARGUMENT if there is none of that name. `argument` is the name of
 * the caller's argument. */
clstep_status clstep__dialect_find(const char *call, const char *argument, const char *name,
                                   const clstep__dialect **dialect);

/* Whether files of the dialect are checkpoints: any rule, and always the entry "clstep". */
bool clstep__dialect_is_own(const clstep__dialect *dialect);

clstep__slot clstep__slot_of(const char *state);

/* The name of the rule's state array for a slot (clstep_rule_state_name()); NULL if it has none. */
const char *clstep__state_in(const clstep_rule *rule, clstep__slot slot);

/* Writes the name of a tensor's array in a file to the beginning of `text`. */
clstep_status clstep__dialect_array(const char *call, const clstep__dialect *dialect,
                                    const clstep_rule *rule, const char *name, const char *state,
                                    clstep__text *text);

/* Finds NAME in `array`, the name of an array of `state`: its first character, and its length,
 * which is returned. 0 if it is no such name. */
size_t clstep__dialect_match(const clstep__dialect *dialect, const char *state, const char *array,
                             const char **name);

/* Whether the framework saves a count of steps for the rule. */
bool clstep__dialect_counts_each(const clstep__dialect *dialect, const clstep_rule *rule);

#endif
