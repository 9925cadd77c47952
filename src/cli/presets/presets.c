/* Prints the list of presets, or one in detail. What a preset is, the library says. */
#include "cli/presets/presets.h"

#include "cli/rule_options.h"
#include "cli/terminal.h"

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

enum { TEXT_SIZE = 512 };

static void print_line(const char *what, const char *text)
{
    char label[32];
    snprintf(label, sizeof label, "  %-12s ", what);
    print_labelled(label, "%s", text);
}

/* Every field of a kind that the rule has: "lr 0.01, rho 0.9". */
static void print_fields(const char *what, const clstep_rule *rule, clstep_field_kind kind)
{
    char text[TEXT_SIZE] = "";
    size_t length = 0;
    const clstep_field_info *field;
    for (size_t i = 0; length < sizeof text && (field = clstep_rule_field(i)); i++) {
        const char *at = (const char *)rule + field->offset;
        char value[32];
        if (field->kind != kind || !clstep_rule_has(rule, field->name))
            continue;
        if (kind == CLSTEP_FIELD_NUMBER)
            snprintf(value, sizeof value, "%g", *(const double *)at);
        else
            snprintf(value, sizeof value, "%s", *(const int32_t *)at ? "yes" : "no");
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s %s",
                                   length > 0 ? ", " : "", field->name, value);
    }
    print_line(what, text);
}

/* What RMSprop's switches stand for. */
static void print_meanings(const clstep_rule *rule)
{
    const char *variance = rule->variance == CLSTEP_VARIANCE_RECURSION
                               ? "by a recursion that cannot become negative"
                               : "by v - m^2, as the frameworks do";
    char centred[128];
    if (clstep_rule_has(rule, "eps_inside_sqrt"))
        print_line("eps", rule->eps_inside_sqrt ? "inside the root" : "outside the root");
    if (clstep_rule_has(rule, "lr_in_momentum"))
        print_line("momentum", rule->lr_in_momentum
                                   ? "b = momentum b + lr g / D;  p -= b  (D: the denominator)"
                                   : "b = momentum b + g / D;  p -= lr b  (D: the denominator)");
    if (clstep_rule_has(rule, "centered")) {
        snprintf(centred, sizeof centred, rule->centered ? "yes, %s" : "no (with --centered: %s)",
                 variance);
        print_line("centered", centred);
    }
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
    char text[TEXT_SIZE] = "none";
    size_t length = 0;
    const char *name;
    for (size_t i = 0; length < sizeof text && (name = clstep_rule_state_name(rule, i)); i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? ", " : "", name);
    print_line("state", text);
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
    print_sentence("%s: %s", name, info->origin);
    print_line("formula", info->formula);
    print_line("checked", info->checked);
    print_fields("defaults", &rule, CLSTEP_FIELD_NUMBER);
    print_fields("switches", &rule, CLSTEP_FIELD_SWITCH);
    print_meanings(&rule);
    print_decay(&rule);
    print_state(&rule);
    return EXIT_OK;
}

/* ---- all of them */

static int list(void)
{
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        char label[32];
        snprintf(label, sizeof label, "%-15s ", info->name);
        print_labelled(label, "%s", info->origin);
        snprintf(label, sizeof label, "%-15s   ", "");
        print_labelled(label, "%s", info->checked);
    }
    putchar('\n');
    print_sentence("clstep presets NAME shows formula, defaults, switches and state.");
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
    if (name && argc > 1 && argv[1][0] != '-')
        return complain(EXIT_USAGE, "clstep presets takes one NAME, not also \"%s\"", argv[1]);
    int option = next_option(argc, argv, options);
    if (option == -1)
        return name ? print_preset(name) : list();
    if (option != 'h')
        return EXIT_USAGE;
    fputs(usage, stdout);
    return EXIT_OK;
}
