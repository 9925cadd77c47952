/* Reads options into the places that a command gives. The command checks what is missing and what
 * the values mean. */
#include "cli/read_options.h"

#include <getopt.h>

/* Their values for getopt_long() are 1, 2 ...: below 'h' and what next_option() returns else. */
enum { OPTIONS_MAX = 32 };

static void take(const command_option *option, const char *value)
{
    if (option->text)
        *option->text = value;
    else
        *option->flag = true;
}

int read_options(int argc, char **argv, const command_option *own, rule_choice *rule, bool *help)
{
    struct option known[OPTIONS_MAX + 2];
    int count = 0, found;
    for (; own[count].name && count < OPTIONS_MAX; count++)
        known[count] = (struct option){
            own[count].name, own[count].text ? required_argument : no_argument, NULL, count + 1};
    known[count] = (struct option){"help", no_argument, NULL, 'h'};
    known[count + 1] = (struct option){0};
    const struct option *all = rule_options(known);
    while ((found = next_option(argc, argv, all)) != -1) {
        if (found == '?')
            return EXIT_USAGE;
        *help = found == 'h';
        if (*help)
            return EXIT_OK;
        if (!rule_option(found, optarg, rule))
            take(&own[found - 1], optarg);
    }
    return EXIT_OK;
}
