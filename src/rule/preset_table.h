/* The presets: what preset.c finds by name and validate.c takes arithmetics from. */
#ifndef CLSTEP_RULE_PRESET_TABLE_H
#define CLSTEP_RULE_PRESET_TABLE_H

#include <clstep/rule.h>
#include <stdbool.h>

typedef struct clstep__preset {
    clstep_preset_info info;
    clstep_rule rule; /* lr 0.001 where the framework asks the user for it; size is 0 */
} clstep__preset;

extern const clstep__preset clstep__presets[];
extern const size_t clstep__preset_count;

/* Whether some preset of the algorithm rounds so. */
bool clstep__has_rounding(clstep_algorithm algorithm, int32_t rounding);

#endif
