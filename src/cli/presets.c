#include "cli/command.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] = "usage: clstep presets\n\n"
                            "Lists the presets: whose rule each is, its formula, its defaults and\n"
                            "the state that it keeps per parameter.\n";

static void print_defaults(const clstep_rule *rule)
{
    printf("          lr %g", rule->lr);
    if (rule->algorithm == CLSTEP_RMSPROP)
        printf(", rho %g", rule->rho);
    if (rule->algorithm == CLSTEP_ADAM)
        printf(", beta1 %g, beta2 %g", rule->beta1, rule->beta2);
    if (rule->algorithm != CLSTEP_SGD)
        printf(", eps %g", rule->eps);
    if (rule->algorithm == CLSTEP_RMSPROP || rule->algorithm == CLSTEP_SGD)
        printf(", momentum %g", rule->momentum);
    printf(", weight_decay %g (%s)\n", rule->weight_decay,
           rule->decay == CLSTEP_DECAY_L2 ? "L2" : "decoupled");
}

static void print_state(const clstep_rule *rule)
{
    printf("          state:");
    size_t count = 0;
    for (const char *name; (name = clstep_rule_state_name(rule, count)); count++)
        printf("%s %s", count ? "," : "", name);
    printf("%s\n\n", count ? "" : " none");
}

static int list(void)
{
    const clstep_preset_info *info;
    for (size_t i = 0; (info = clstep_preset(i)); i++) {
        clstep_rule rule = CLSTEP_RULE_INIT;
        clstep_status status = clstep_rule_preset(&rule, info->name);
        if (status != CLSTEP_OK)
            return complain_status(status);
        printf("%-9s %s\n          %s\n", info->name, info->origin, info->formula);
        print_defaults(&rule);
        print_state(&rule);
    }
    return EXIT_OK;
}

int command_presets(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    int option = next_option(argc, argv, options);
    if (option == -1)
        return list();
    if (option != 'h')
        return EXIT_USAGE;
    fputs(usage, stdout);
    return EXIT_OK;
}
