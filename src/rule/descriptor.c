/* The table of rules, made from rules.def, and look-ups in it. The descriptors are in the files of
 * the rules. */
#include "rule/descriptor.h"

#include "base/sized.h"

#include <string.h>

#define RULE(name) extern const clstep__descriptor clstep__rule_##name;
#include "rule/rules.def"
#undef RULE

static const clstep__descriptor *const descriptors[] = {
#define RULE(name) &clstep__rule_##name,
#include "rule/rules.def"
#undef RULE
};

enum { DESCRIPTORS = sizeof descriptors / sizeof *descriptors };

const clstep__descriptor *clstep__descriptor_at(size_t index)
{
    return index < DESCRIPTORS ? descriptors[index] : NULL;
}

/* `algorithm` counts from 1, so that a rule of zeros is invalid. */
static const clstep__descriptor *find(int32_t algorithm)
{
    return algorithm > 0 && algorithm <= DESCRIPTORS ? descriptors[algorithm - 1] : NULL;
}

const clstep__descriptor *clstep__descriptor_of(const clstep_rule *rule)
{
    return find(rule->algorithm);
}

const clstep__descriptor *clstep__descriptor_of_variant(const clstep__variant *variant)
{
    return find(variant->algorithm);
}

size_t clstep__list_states(const clstep__variant *variant,
                           const clstep__state *states[CLSTEP_STATES_MAX])
{
    const clstep__descriptor *descriptor = clstep__descriptor_of_variant(variant);
    size_t count = 0;
    for (size_t k = 0; k < CLSTEP__STATES_LISTED && descriptor->states[k].name; k++) {
        if (!descriptor->keeps || descriptor->keeps(variant, k))
            states[count++] = &descriptor->states[k];
    }
    return count;
}

bool clstep__has_field(const clstep__descriptor *descriptor, const char *name)
{
    static const char *const common[] = {"lr",       "weight_decay", "decay",
                                         "maximize", "clip",         "clip_bound"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (strcmp(common[i], name) == 0)
            return true;
    }
    for (size_t i = 0; i < CLSTEP__FIELDS_MAX && descriptor->fields[i].name; i++) {
        if (strcmp(descriptor->fields[i].name, name) == 0)
            return true;
    }
    return false;
}

const clstep__preset *clstep__preset_at(size_t index, const clstep__descriptor **descriptor)
{
    for (size_t i = 0; i < DESCRIPTORS; i++) {
        *descriptor = descriptors[i];
        if (index < descriptors[i]->preset_count)
            return &descriptors[i]->presets[index];
        index -= descriptors[i]->preset_count;
    }
    return NULL;
}

/* ---- public calls */

const clstep_rule_info *clstep_rule_kind(size_t index)
{
    return index < DESCRIPTORS ? &descriptors[index]->info : NULL;
}

const char *clstep_rule_name(const clstep_rule *rule)
{
    clstep_rule own = CLSTEP_RULE_INIT;
    if (!clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule)))
        return NULL;
    const clstep__descriptor *descriptor = clstep__descriptor_of(&own);
    return descriptor ? descriptor->info.name : NULL;
}

int clstep_rule_has(const clstep_rule *rule, const char *field)
{
    clstep_rule own = CLSTEP_RULE_INIT;
    if (!field || !clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule)))
        return 0;
    const clstep__descriptor *descriptor = clstep__descriptor_of(&own);
    return descriptor && clstep__has_field(descriptor, field);
}

int clstep_state_is_signed(const char *name)
{
    for (size_t i = 0; name && i < DESCRIPTORS; i++) {
        const clstep__state *state = descriptors[i]->states;
        for (size_t k = 0; k < CLSTEP__STATES_LISTED && state[k].name; k++) {
            if (strcmp(state[k].name, name) == 0)
                return state[k].has_sign;
        }
    }
    return 1;
}
