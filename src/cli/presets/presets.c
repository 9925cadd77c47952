/* Prints the list of presets, or one in detail. What a preset is, the library says. */
#include "cli/presets/presets.h"

#include "cli/rule_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep presets [NAME]\n"
    "\n"
    "Lists the presets: which framework's rule each is, and what its bits have been\n"
    "compared with. With a NAME: its formula, its defaults, its switches and the\n"
    "state that it keeps for each parameter.\n";

/* ---- one in detail */

static void print_line(const char *what, const char *text)
{
    printf("  %-12s %s\n", what, text);
}

/* Every number that the rule has. */
static void print_defaults(const clstep_rule *rule)
{
    printf("  %-12s", "defaults");
    const clstep_field_info *field;
    const char *separator = " ";
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        double number;
        if (field->kind != CLSTEP_FIELD_NUMBER || !clstep_rule_has(rule, field->name))
            continue;
        memcpy(&number, (const char *)rule + field->offset, sizeof number);
        printf("%s%s %g", separator, field->name, number);
        separator = ", ";
    }
    printf("\n");
}

/* Every switch that the rule has. */
static void print_switches(const clstep_rule *rule)
{
    printf("  %-12s", "switches");
    const clstep_field_info *field;
    const char *separator = " ";
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        int32_t value;
        if (field->kind != CLSTEP_FIELD_SWITCH || !clstep_rule_has(rule, field->name))
            continue;
        memcpy(&value, (const char *)rule + field->offset, sizeof value);
        printf("%s%s %s", separator, field->name, value ? "yes" : "no");
        separator = ", ";
    }
    printf("\n");
}

/* What RMSprop's switches stand for. */
static void print_meanings(const clstep_rule *rule)
{
    const char *variance = rule->variance == CLSTEP_VARIANCE_RECURSION
                               ? "centred by a recursion that cannot go negative"
                               : "centred by v - m^2, as the frameworks do";
    if (clstep_rule_has(rule, "eps_inside_sqrt"))
        print_line("eps", rule->eps_inside_sqrt ? "inside the root" : "outside the root");
    if (clstep_rule_has(rule, "lr_in_momentum"))
        print_line("momentum", rule->lr_in_momentum ? "b = momentum b + lr g / D;  p -= b"
                                                    : "b = momentum b + g / D;  p -= lr b");
    if (clstep_rule_has(rule, "centered"))
        printf("  %-12s %s; %s\n", "centered", rule->centered ? "yes" : "no", variance);
}

static void print_decay(const clstep_rule *rule)
{
    print_line("decay", rule->decay == CLSTEP_DECAY_L2 ? "L2: g += weight_decay p"
                        : rule->decay == CLSTEP_DECAY_DECOUPLED
                            ? "decoupled: p -= lr weight_decay p"
                            : "decoupled, without lr: p -= weight_decay p");
}

static void print_state(const clstep_rule *rule)
{
    printf("  %-12s", "state");
    size_t count = 0;
    for (const char *name; (name = clstep_rule_state_name(rule, count)); count++)
        printf("%s %s", count ? "," : "", name);
    printf("%s\n", count ? "" : " none");
}

static int print_preset(const char *name)
{
    clstep_rule rule;
    int code = rule_preset(name, &rule);
    if (code != EXIT_OK)
        return code;
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        if (strcmp(info->name, name) == 0)
            break;
    }
    printf("%s: %s\n", name, info->origin);
    print_line("formula", info->formula);
    print_line("checked", info->checked);
    print_defaults(&rule);
    print_switches(&rule);
    print_meanings(&rule);
    print_decay(&rule);
    print_state(&rule);
    return EXIT_OK;
}

/* ---- all of them */

static int list(void)
{
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++)
        printf("%-15s %s\n%-15s   %s\n", info->name, info->origin, "", info->checked);
    printf("\nclstep presets NAME tells formula, defaults, switches and state.\n");
    return EXIT_OK;
}

int command_presets(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    const char *name = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    if (name) { /* next_option() takes options only */
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    int option = next_option(argc, argv, options);
    if (option == -1)
        return name ? print_preset(name) : list();
    if (option != 'h')
        return EXIT_USAGE;
    fputs(usage, stdout);
    return EXIT_OK;
}
