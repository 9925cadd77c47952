/* Says what a rule is, such as "RMSprop (preset hinton), lr 0.001, rho 0.9, eps 1e-08 inside the
 * root". Reading the options of one is rule_options.c's. */
#include "cli/rule_text.h"

#include "cli/terminal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct printer {
    int indent;
    int column;
    size_t columns; /* of a line */
    bool begun;
} printer;

/* Prints an item, behind a comma where it is not the first, and in a new line where this one is
 * full. */
__attribute__((format(printf, 2, 3))) static void print_item(printer *to, const char *format, ...)
{
    char item[128];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(item, sizeof item, format, arguments);
    va_end(arguments);
    if (to->begun)
        to->column += printf(",");
    if (to->begun && to->column + 2 + length > (int)to->columns) {
        printf("\n%*s", to->indent, "");
        to->column = to->indent;
    } else if (to->begun) {
        to->column += printf(" ");
    }
    to->column += printf("%s", item);
    to->begun = true;
}

static double number_of(const clstep_rule *rule, const clstep_field_info *field)
{
    double number;
    int32_t integer;
    const char *at = (const char *)rule + field->offset;
    if (field->kind == CLSTEP_FIELD_NUMBER) {
        memcpy(&number, at, sizeof number);
        return number;
    }
    memcpy(&integer, at, sizeof integer);
    return integer;
}

/* What a field says beside its name and number, where it says more. */
static const char *detail(const clstep_rule *rule, const char *name)
{
    static const char *const decays[] = {[CLSTEP_DECAY_L2] = " (L2)",
                                         [CLSTEP_DECAY_DECOUPLED] = " (decoupled)",
                                         [CLSTEP_DECAY_DECOUPLED_WITHOUT_LR] =
                                             " (decoupled, without lr)"};
    static const char *const clips[] = {"", " (by value)", " (by the norm of each tensor)",
                                        " (by the global norm)"};
    if (strcmp(name, "eps") == 0 && clstep_rule_has(rule, "eps_inside_sqrt"))
        return rule->eps_inside_sqrt ? " inside the root" : " outside the root";
    if (strcmp(name, "weight_decay") == 0)
        return decays[rule->decay];
    if (strcmp(name, "clip_bound") == 0)
        return clips[rule->clip];
    if (strcmp(name, "momentum") == 0 && clstep_rule_has(rule, "lr_in_momentum"))
        return rule->lr_in_momentum ? " (lr inside)" : " (lr outside)";
    if (strcmp(name, "centered") == 0)
        return rule->variance == CLSTEP_VARIANCE_RECURSION ? " (variance by recursion)"
                                                           : " (variance by difference)";
    return "";
}

/* Told where they are off, too: without them a reader cannot know. */
static bool always_told(const char *name)
{
    static const char *const names[] = {"momentum", "weight_decay", "centered"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Fields that only say more about another one, by detail(). */
static bool is_detail(const char *name)
{
    static const char *const names[] = {"eps_inside_sqrt", "lr_in_momentum", "decay", "variance",
                                        "clip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static void print_field(printer *to, const clstep_rule *rule, const clstep_field_info *field)
{
    char words[64];
    const double number = number_of(rule, field);
    size_t i = 0;
    for (; field->name[i] && i + 1 < sizeof words; i++)
        words[i] = field->name[i] == '_' ? ' ' : field->name[i];
    words[i] = '\0';
    if (number == 0 && always_told(field->name))
        print_item(to, "%s %s", field->kind == CLSTEP_FIELD_SWITCH ? "not" : "no", words);
    else if (number != 0 && field->kind == CLSTEP_FIELD_SWITCH)
        print_item(to, "%s%s", words, detail(rule, field->name));
    else if (number != 0 || strcmp(field->name, "lr") == 0)
        print_item(to, "%s %g%s", words, number, detail(rule, field->name));
}

const char *rule_title(const clstep_rule *rule)
{
    const clstep_rule_info *kind;
    for (size_t i = 0; (kind = clstep_rule_kind(i)); i++) {
        if (strcmp(kind->name, clstep_rule_name(rule)) == 0)
            return kind->title;
    }
    return "";
}

void rule_print(const char *label, const clstep_rule *rule, const char *preset)
{
    const size_t columns = terminal_columns(stdout);
    printer to = {.indent = (int)strlen(label),
                  .columns = columns < TERMINAL_COLUMNS_USUAL ? columns : TERMINAL_COLUMNS_USUAL};
    to.column = printf("%s", label);
    if (preset)
        print_item(&to, "%s (preset %s)", rule_title(rule), preset);
    else
        print_item(&to, "%s", rule_title(rule));
    const clstep_field_info *field;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        if (clstep_rule_has(rule, field->name) && !is_detail(field->name))
            print_field(&to, rule, field);
    }
    puts("");
}
