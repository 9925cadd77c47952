/* Finds presets by index and by name. They are defined in the files of their rules. */
#include "base/error.h"
#include "base/sized.h"
#include "rule/descriptor.h"

#include <stdio.h>
#include <string.h>

static const char call[] = "clstep_rule_preset";

const clstep_preset_info *clstep_preset(size_t index)
{
    const clstep__descriptor *descriptor;
    const clstep__preset *preset = clstep__preset_at(index, &descriptor);
    return preset ? &preset->info : NULL;
}

static clstep_status refuse_name(const char *name)
{
    char names[512] = "";
    size_t length = 0;
    for (size_t i = 0; clstep_preset(i) && length < sizeof names; i++) {
        const char *separator = i == 0 ? "" : clstep_preset(i + 1) ? ", " : " and ";
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", separator,
                                   clstep_preset(i)->name);
    }
    return clstep__refuse(call, "there is no preset \"%.40s\"; there are %s", name, names);
}

/* The value of clstep_rule.algorithm: the rule's place among all, from 1. */
static int32_t number_of(const clstep__descriptor *descriptor)
{
    int32_t place = 0;
    while (clstep__descriptor_at((size_t)place) != descriptor)
        place++;
    return place + 1;
}

clstep_status clstep_rule_preset(clstep_rule *rule, const char *name)
{
    if (!name)
        return clstep__refuse(call, "name is NULL; give a preset's name");
    const clstep__descriptor *descriptor;
    const clstep__preset *preset;
    for (size_t i = 0; (preset = clstep__preset_at(i, &descriptor)); i++) {
        if (strcmp(preset->info.name, name) != 0)
            continue;
        if (!clstep__struct_fits(rule, CLSTEP__SIZES(clstep_rule)))
            return clstep__refuse(
                call, "rule must point to a clstep_rule that starts as CLSTEP_RULE_INIT");
        clstep_rule filled = preset->rule;
        filled.algorithm = number_of(descriptor);
        clstep__struct_write(rule, &filled, sizeof filled);
        return CLSTEP_OK;
    }
    return refuse_name(name);
}
