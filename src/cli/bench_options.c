#include "cli/bench_options.h"

#include "cli/yardstick.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: clstep bench [OPTION...]\n\n"
    "Measures an update of fp32 parameters against the memory-bound limit: the fastest of three\n"
    "kernels with the same reads and writes and no arithmetic, run in turn with the update.\n\n"
    "  --elements N   parameters, K, M and G as powers of 1024 (default 64M; rounded up to a\n"
    "                 multiple of 16384; few ones measure caches and launches, not memory)\n"
    "  --tensors N    in so many tensors of one buffer (default 1)\n"
    "  --repeats N    timed rounds (default 11)\n"
    "  --preset NAME  only this preset, as it is (default: RMSprop plain, with momentum, centred "
    "and\n"
    "                 both, SGD, AdaGrad, Adam)\n"
    "  --device D     an index or a part of a name; see clstep devices\n"
    "  --json         one JSON object per line\n"
    "  --help\n\n"
    "share: limit's time / update's time of the same round, median and quartiles.\n";

/* A count from 1 to `most` with an optional K, M or G. */
static bool parse_size(const char *text, size_t most, size_t *size)
{
    char digits[32];
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length + 1);
    const char *suffix = strchr("KMG", digits[length - 1]);
    unsigned shift = 0;
    if (suffix) {
        shift = 10u * (unsigned)(suffix - "KMG" + 1);
        digits[length - 1] = '\0';
    }
    uint64_t value;
    if (!parse_count(digits, &value) || value == 0 || value > most >> shift)
        return false;
    *size = (size_t)value << shift;
    return true;
}

static int parse_count_option(const char *name, const char *text, size_t most, size_t *size)
{
    if (parse_size(text, most, size))
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s \"%s\" is no count from 1 to %zu", name, text, most);
}

static int take(int option, const char *value, bench_options *of)
{
    switch (option) {
    case 'e':
        return parse_count_option("elements", value, (size_t)1 << 40, &of->elements);
    case 't':
        return parse_count_option("tensors", value, (size_t)1 << 30, &of->tensors);
    case 'r':
        return parse_count_option("repeats", value, BENCH_REPEATS_MAX, &of->repeats);
    case 'p':
        of->preset = value;
        return EXIT_OK;
    case 'd':
        of->device = value;
        return EXIT_OK;
    case 'j':
        of->json = true;
        return EXIT_OK;
    default: /* help */
        of->help = true;
        fputs(usage, stdout);
        return EXIT_OK;
    }
}

/* A preset that does not exist is told before anything is opened. */
static int check(const bench_options *of)
{
    if (of->tensors > of->elements)
        return complain(EXIT_USAGE, "--tensors is above --elements");
    if (!of->preset)
        return EXIT_OK;
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, of->preset);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int bench_options_parse(int argc, char **argv, bench_options *of)
{
    static const struct option options[] = {
        {"elements", required_argument, NULL, 'e'}, {"tensors", required_argument, NULL, 't'},
        {"repeats", required_argument, NULL, 'r'},  {"preset", required_argument, NULL, 'p'},
        {"device", required_argument, NULL, 'd'},   {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},           {0}};
    *of = (bench_options){.elements = (size_t)64 << 20, .tensors = 1, .repeats = 11};
    int option;
    while ((option = next_option(argc, argv, options)) != -1) {
        if (option == '?')
            return EXIT_USAGE;
        int code = take(option, optarg, of);
        if (code != EXIT_OK || of->help)
            return code;
    }
    of->elements = (of->elements + YARDSTICK_ROUND - 1) / YARDSTICK_ROUND * YARDSTICK_ROUND;
    return check(of);
}
