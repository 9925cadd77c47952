/* Reads the options of `clstep convert` and reports. libclstep-store translates and writes. */
#include "cli/convert/convert.h"

#include "cli/closest.h"
#include "cli/interrupt.h"
#include "cli/option_names.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/read_options.h"
#include "cli/terminal.h"

#include <clstep/store.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep convert --from DIALECT --to DIALECT --in FILE --out FILE\n"
    "                      [OPTION...]\n"
    "\n"
    "Translates an optimizer's state in a safetensors file from one framework's\n"
    "names, signs and scales into another's. --out may be --in: the file is replaced\n"
    "as a whole, or not at all. A translation that is not exact is refused, unless\n"
    "--inexact allows it; in both cases clstep says what is not exact. A refusal may\n"
    "leave out how many elements are rounded. docs/translation.md has the details.\n"
    "\n"
    "  --from, --to DIALECT\n";

static const char usage_options[] =
    "  --in FILE          the state\n"
    "  --out FILE         the translated state\n"
    "  --steps N          how many steps were taken, if the file does not count them\n"
    "  --inexact          translates even if the meaning or some bits change\n"
    "  --help\n"
    "\n"
    "The options of the rule. A file with the entry \"clstep\" in its metadata names\n"
    "its rule: the options then change that rule, and --out is the state of the\n"
    "changed rule. For any other file the options name the rule (default: the\n"
    "framework's preset).\n" RULE_OPTIONS_HELP "\nexit codes: 0 done, 1 failed, 2 wrong usage\n";

typedef struct {
    const char *from;
    const char *to;
    const char *in;
    const char *out;
    const char *steps;
    rule_choice rule;
    bool inexact;
} options_given;

/* A running translation. */
typedef struct {
    const options_given *given;
    progress bar;
    unsigned sentences; /* so far */
    int code;           /* of what has been complained about already */
} conversion;

static int check_dialect(const char *option, const char *name)
{
    closest search = closest_to(name);
    char names[256] = "";
    size_t length = 0;
    const clstep_dialect_info *dialect;
    for (size_t i = 0; (dialect = clstep_dialect(i)); i++) {
        if (strcmp(dialect->name, name) == 0)
            return EXIT_OK;
        closest_try(&search, dialect->name);
        if (length < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                                       i == 0                  ? ""
                                       : clstep_dialect(i + 1) ? ", "
                                                               : " or ",
                                       dialect->name);
    }
    return complain(EXIT_USAGE, "--%s takes %s, not '%s'%s", option, names, name,
                    closest_text(&search, ""));
}

static int check_options(const options_given *given)
{
    const needed_option needed[] = {
        {"from", given->from}, {"to", given->to}, {"in", given->in}, {"out", given->out}};
    int code = check_needed("convert", needed, sizeof needed / sizeof *needed);
    if (code == EXIT_OK)
        code = check_dialect("from", given->from);
    if (code == EXIT_OK)
        code = check_dialect("to", given->to);
    return code == EXIT_OK ? output_check_file("out", given->out) : code;
}

enum { INDENT = 15, SENTENCE_SIZE = 1024 };

static int print_usage(void)
{
    fputs(usage, stdout);
    const clstep_dialect_info *dialect;
    for (size_t i = 0; (dialect = clstep_dialect(i)); i++) {
        printf("      %-8s %s:\n%*s", dialect->name, dialect->framework, INDENT, "");
        print_wrapped(dialect->arrays, INDENT, INDENT, TERMINAL_COLUMNS_USUAL);
    }
    rule_options_help(usage_options);
    return EXIT_OK;
}

/* ---- what the library calls */

static clstep_status change_rule(clstep_rule *rule, void *context)
{
    conversion *c = context;
    const clstep_rule base = *rule;
    c->code = rule_choose(&c->given->rule, &base, rule);
    return c->code == EXIT_OK ? CLSTEP_OK : CLSTEP_INVALID_ARGUMENT;
}

/* Without --inexact, the message of the refusal has the first sentence. */
static void print_inexact(const char *sentence, void *context)
{
    conversion *c = context;
    char text[SENTENCE_SIZE];
    option_names_copy(sentence, false, text, sizeof text);
    c->sentences++;
    progress_clear(&c->bar);
    if (c->given->inexact)
        print_labelled("not exact: ", "%s", text);
    else if (c->sentences > 1)
        complain(EXIT_FAILED, "not exact: %s", text);
}

static clstep_status show_progress(uint64_t done, uint64_t all, void *context)
{
    conversion *c = context;
    progress_show(&c->bar, "elements", done, all);
    if (!interrupt_seen())
        return CLSTEP_OK;
    c->code = EXIT_FAILED;
    return CLSTEP_UNSUPPORTED;
}

/* ---- the translation */

/* The rule and the count of steps, for a file that does not have them. */
static int describe_source(const options_given *given, clstep_rule *rule,
                           clstep_convert_options *options)
{
    int code = take_count("steps", given->steps, 0, UINT64_MAX, &options->steps);
    if (code != EXIT_OK)
        return code;
    options->has_steps = given->steps != NULL;
    options->without_momentum = rule_option_text(&given->rule, "momentum") != NULL;
    if (!rule_option_given(&given->rule))
        return EXIT_OK;
    clstep_rule base = CLSTEP_RULE_INIT;
    const char *preset;
    code = rule_choose_preset(&given->rule, &preset);
    if (code != EXIT_OK)
        return code;
    /* Each dialect but clstep has the name of its preset. */
    if (clstep_rule_preset(&base, preset ? preset : given->from) != CLSTEP_OK && !preset)
        return EXIT_OK;
    code = rule_choose(&given->rule, &base, rule);
    options->rule = rule;
    return code;
}

static int make_options(conversion *c, const clstep_safetensors *file, clstep_rule *rule,
                        clstep_convert_options *options)
{
    options->allow_inexact = c->given->inexact;
    options->report = print_inexact;
    options->progress = show_progress;
    options->context = c;
    if (!clstep_safetensors_metadata(file, "clstep"))
        return describe_source(c->given, rule, options);
    if (c->given->steps)
        return complain(EXIT_USAGE, "%s tells how many steps were taken; leave --steps out",
                        c->given->in);
    if (rule_option_given(&c->given->rule))
        options->change = change_rule;
    return EXIT_OK;
}

static int complain_conversion(const conversion *c, clstep_status status)
{
    if (c->code != EXIT_OK)
        return c->code;
    return status == CLSTEP_INVALID_FILE ? complain_file(status, c->given->in)
                                         : complain_status(status);
}

static int write_target(conversion *c, const clstep_safetensors *file, clstep_writer *writer)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    int code = make_options(c, file, &rule, &options);
    if (code != EXIT_OK)
        return code;
    c->bar = progress_start();
    clstep_status status = clstep_convert(file, c->given->from, writer, c->given->to, &options);
    progress_clear(&c->bar);
    if (status == CLSTEP_OK)
        status = clstep_writer_sync(writer);
    if (status == CLSTEP_OK && interrupt_seen())
        return EXIT_FAILED;
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    if (status != CLSTEP_OK)
        return complain_conversion(c, status);
    return EXIT_OK;
}

static int convert(const options_given *given)
{
    conversion c = {.given = given};
    clstep_safetensors *file = NULL;
    clstep_writer *writer = NULL;
    clstep_status status = clstep_safetensors_open(&file, given->in);
    if (status != CLSTEP_OK)
        return complain_file(status, given->in);
    interrupt_hold();
    status = clstep_writer_create(&writer, given->out);
    const int code = status == CLSTEP_OK ? write_target(&c, file, writer) : complain_status(status);
    clstep_writer_destroy(writer);
    clstep_safetensors_close(file);
    interrupt_release();
    if (code == EXIT_OK && c.sentences == 0)
        printf("%s: %s to %s, exact\n", given->out, given->from, given->to);
    return code;
}

int command_convert(int argc, char **argv)
{
    options_given given = {0};
    bool help = false;
    const command_option own[] = {{"from", &given.from, NULL},
                                  {"to", &given.to, NULL},
                                  {"in", &given.in, NULL},
                                  {"out", &given.out, NULL},
                                  {"steps", &given.steps, NULL},
                                  {"inexact", NULL, &given.inexact},
                                  {0}};
    int code = read_options(argc, argv, own, &given.rule, &help);
    if (code != EXIT_OK)
        return code;
    if (help)
        return print_usage();
    code = check_options(&given);
    return code == EXIT_OK ? convert(&given) : code;
}
