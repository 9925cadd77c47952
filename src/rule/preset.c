#include "base/error.h"
#include "base/sized.h"
#include "rule/preset_table.h"

#include <stdio.h>
#include <string.h>

static const char call[] = "clstep_rule_preset";

const clstep_preset_info *clstep_preset(size_t index)
{
    return index < clstep__preset_count ? &clstep__presets[index].info : NULL;
}

bool clstep__has_rounding(clstep_algorithm algorithm, int32_t rounding)
{
    for (size_t i = 0; i < clstep__preset_count; i++) {
        const clstep_rule *rule = &clstep__presets[i].rule;
        if (rule->algorithm == algorithm && rule->rounding == rounding)
            return true;
    }
    return false;
}

static clstep_status refuse_name(const char *name)
{
    char names[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < clstep__preset_count && length < sizeof names; i++) {
        const char *separator = i == 0 ? "" : i + 1 < clstep__preset_count ? ", " : " and ";
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", separator,
                                   clstep__presets[i].info.name);
    }
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "there is no preset \"%.40s\"; there are %s",
                        name, names);
}

clstep_status clstep_rule_preset(clstep_rule *rule, const char *name)
{
    if (!name)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "name is NULL; give a preset's name");
    for (size_t i = 0; i < clstep__preset_count; i++) {
        if (strcmp(clstep__presets[i].info.name, name) == 0) {
            if (!clstep__struct_fits(rule, CLSTEP__SIZES(clstep_rule)))
                return clstep__fail(
                    CLSTEP_INVALID_ARGUMENT, call,
                    "rule must point to a clstep_rule that starts as CLSTEP_RULE_INIT");
            clstep__struct_write(rule, &clstep__presets[i].rule, sizeof(clstep_rule));
            return CLSTEP_OK;
        }
    }
    return refuse_name(name);
}
