/* Compares the rule of a state with the one that the options make of it. What a state means must
 * not change unnoticed: only numbers may differ, and how gradients are clipped. */
#include "cli/apply/same_rule.h"

#include "cli/command.h"
#include "cli/option_names.h"
#include "cli/rule_text.h"

#include <string.h>

enum { OPTION_SIZE = 40 };

/* The option that changes a field: its own, or else the one that chose the preset. */
static void name_option(const rule_choice *options, const char *field, char option[OPTION_SIZE])
{
    const bool is_preset = !rule_option_text(options, field);
    option_name_of_field(is_preset ? rule_option_given(options) : field, option, OPTION_SIZE);
}

static int complain_rule(const rule_choice *options, const char *state, const clstep_rule *stored,
                         const clstep_rule *chosen)
{
    return complain(EXIT_USAGE,
                    "%s is a state of %s, and %s cannot go on with it; leave out --%s, or begin a "
                    "new state: --new-state instead of --state",
                    state, rule_title(stored), rule_title(chosen), rule_option_given(options));
}

static int complain_momentum(const rule_choice *options, const char *state, bool had_momentum)
{
    char option[OPTION_SIZE];
    name_option(options, "momentum", option);
    if (had_momentum)
        return complain(EXIT_USAGE,
                        "the state in %s has momentum, and --%s takes it away; give --momentum X "
                        "above 0, or first remove momentum: clstep convert --inexact --momentum 0",
                        state, option);
    return complain(EXIT_USAGE,
                    "the state in %s has no momentum, and --%s adds it; leave that out, or first "
                    "add momentum: clstep convert --inexact --momentum X",
                    state, option);
}

static int complain_more(const rule_choice *options, const char *state, const char *field)
{
    char option[OPTION_SIZE];
    name_option(options, field, option);
    return complain(EXIT_USAGE,
                    "only numbers of the rule in %s may change, and --%s changes more; leave that "
                    "out, or begin a new state: --new-state instead of --state",
                    state, option);
}

/* The first field that says what the state means, and differs; NULL: there is none. */
static const char *find_changed(const clstep_rule *stored, const clstep_rule *chosen)
{
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (field->kind != CLSTEP_FIELD_NUMBER && strcmp(field->name, "clip") != 0 &&
            memcmp((const char *)stored + field->offset, (const char *)chosen + field->offset,
                   sizeof(int32_t)) != 0)
            return field->name;
    }
    return stored->rounding != chosen->rounding ? "preset" : NULL;
}

int check_clip(const clstep_rule *rule)
{
    if (rule->clip == CLSTEP_CLIP_NONE || rule->clip == CLSTEP_CLIP_VALUE)
        return EXIT_OK;
    return complain(EXIT_USAGE,
                    "clstep apply updates a model in parts, so it cannot clip by a norm; "
                    "clip the gradients before, and give --clip none --clip-bound 0");
}

int check_same_rule(const rule_choice *options, const char *state, const clstep_rule *stored,
                    const clstep_rule *chosen)
{
    if (stored->algorithm != chosen->algorithm)
        return complain_rule(options, state, stored, chosen);
    const char *changed = find_changed(stored, chosen);
    if (changed)
        return complain_more(options, state, changed);
    if ((stored->momentum > 0) != (chosen->momentum > 0))
        return complain_momentum(options, state, stored->momentum > 0);
    return EXIT_OK;
}
