/* Validates rules: each field by the range in the rule's descriptor. */
#include "base/error.h"
#include "base/sized.h"
#include "base/text.h"
#include "rule/descriptor.h"
#include "rule/fields.h"

#include <math.h>
#include <string.h>

static const char call[] = "clstep_rule_validate";

/* A number must be finite in fp32 too: a rule does not know whether its parameters are fp64. */
static clstep_status check_number(const char *name, double value, clstep__bounds range)
{
    const bool is_finite = isfinite(value) && isfinite((float)value);
    char text[CLSTEP__NUMBER_SIZE];
    clstep__number(value, text);
    switch (range) {
    case CLSTEP__AT_LEAST_0:
        if (is_finite && value >= 0)
            return CLSTEP_OK;
        return clstep__refuse(call, "%s is %s; it must be a finite fp32 number of at least 0", name,
                              text);
    case CLSTEP__BELOW_1:
        if (value >= 0 && value < 1)
            return CLSTEP_OK;
        return clstep__refuse(call, "%s is %s; it must be in [0, 1)", name, text);
    case CLSTEP__FINITE:
        if (is_finite)
            return CLSTEP_OK;
        return clstep__refuse(call, "%s is %s; it must be a finite fp32 number", name, text);
    }
    return CLSTEP_OK;
}

static clstep_status check_switch(const char *name, int32_t value)
{
    if (value == 0 || value == 1)
        return CLSTEP_OK;
    return clstep__refuse(call, "%s is %d; it must be 0 or 1", name, (int)value);
}

static clstep_status check_choice(const clstep_field_info *field, int32_t value)
{
    int32_t count = 0;
    while (field->words[count])
        count++;
    if (value >= 0 && value < count)
        return CLSTEP_OK;
    return clstep__refuse(call, "%s is %d; it must be a constant from 0 to %d", field->name,
                          (int)value, (int)count - 1);
}

/* lr and weight_decay are not in the descriptor; their range is the same in all rules. */
static clstep__bounds range_of(const clstep__descriptor *descriptor, const char *name)
{
    for (size_t i = 0; i < CLSTEP__FIELDS_MAX && descriptor->fields[i].name; i++) {
        if (strcmp(descriptor->fields[i].name, name) == 0)
            return descriptor->fields[i].range;
    }
    return CLSTEP__AT_LEAST_0;
}

static clstep_status check_field(const clstep__descriptor *descriptor, const clstep_rule *rule,
                                 const clstep_field_info *field)
{
    const double value = clstep__field_get(rule, field);
    if (!clstep__has_field(descriptor, field->name)) {
        if (value == 0) /* a field is never ignored silently */
            return CLSTEP_OK;
        return clstep__refuse(call, "%s is set, but %s has no such field; set it to 0", field->name,
                              descriptor->info.title);
    }
    switch (field->kind) {
    case CLSTEP_FIELD_NUMBER:
        return check_number(field->name, value, range_of(descriptor, field->name));
    case CLSTEP_FIELD_SWITCH:
        return check_switch(field->name, (int32_t)value);
    case CLSTEP_FIELD_CHOICE:
        return check_choice(field, (int32_t)value);
    }
    return CLSTEP_OK;
}

static bool has_rounding(const clstep__descriptor *descriptor, int32_t rounding)
{
    for (size_t i = 0; i < descriptor->preset_count; i++) {
        if (descriptor->presets[i].rule.rounding == rounding)
            return true;
    }
    return false;
}

static clstep_status check_clip(const clstep_rule *rule)
{
    char text[CLSTEP__NUMBER_SIZE];
    if (rule->clip == CLSTEP_CLIP_NONE && rule->clip_bound != 0)
        return clstep__refuse(call, "clip_bound is %s, but clip is not set; set clip",
                              clstep__number(rule->clip_bound, text));
    if (rule->clip != CLSTEP_CLIP_NONE && (float)rule->clip_bound <= 0)
        return clstep__refuse(call, "clip is set, but clip_bound is %s; it must be above 0 in fp32",
                              clstep__number(rule->clip_bound, text));
    return CLSTEP_OK;
}

static clstep_status check(const clstep_rule *rule)
{
    const clstep__descriptor *descriptor = clstep__descriptor_of(rule);
    if (rule->algorithm == 0)
        return clstep__refuse(call, "the rule is empty; call clstep_rule_preset() first, and look "
                                    "at its status: an unknown name fills nothing");
    if (!descriptor)
        return clstep__refuse(call, "algorithm is %d; leave it as clstep_rule_preset() set it",
                              (int)rule->algorithm);
    if (!has_rounding(descriptor, rule->rounding))
        return clstep__refuse(call, "rounding is %d; leave it as clstep_rule_preset() set it",
                              (int)rule->rounding);
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        clstep_status status = check_field(descriptor, rule, field);
        if (status != CLSTEP_OK)
            return status;
    }
    clstep_status status = check_clip(rule);
    return status == CLSTEP_OK && descriptor->check ? descriptor->check(rule) : status;
}

clstep_status clstep_rule_validate(const clstep_rule *rule)
{
    clstep_rule own;
    if (!clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule)))
        return clstep__refuse(call,
                              "rule must point to a clstep_rule that clstep_rule_preset() filled");
    return check(&own);
}
