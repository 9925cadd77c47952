/* Reads and checks the command line, and holds the text of --help. No device is opened. */
#include "cli/bench/options.h"

#include "cli/bench/limit.h"
#include "cli/bench/rounds.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    MODEL,
    ELEMENTS,
    OWN_BUFFERS,
    FORMATS,
    PEERS,
    ROUNDS,
    VECTOR_WIDTH,
    WORK_GROUP,
    CHUNK,
    ALIGNED,
    DEVICE,
    JSON,
    CSV,
    PLOT,
    HOST,
    START,
    MODELS,
    HELP,
    OPTIONS
};

/* getopt_long() takes options with equal values for one option. */
enum { VALUE = RULE_OPTION_VALUE + RULE_OPTION_COUNT };

static const struct option known[OPTIONS + 1] = {
    [MODEL] = {"model", required_argument, NULL, VALUE + MODEL},
    [ELEMENTS] = {"elements", required_argument, NULL, VALUE + ELEMENTS},
    [OWN_BUFFERS] = {"own-buffers", no_argument, NULL, VALUE + OWN_BUFFERS},
    [FORMATS] = {"formats", required_argument, NULL, VALUE + FORMATS},
    [PEERS] = {"peers", no_argument, NULL, VALUE + PEERS},
    [ROUNDS] = {"repeats", required_argument, NULL, VALUE + ROUNDS},
    [VECTOR_WIDTH] = {"vector-width", required_argument, NULL, VALUE + VECTOR_WIDTH},
    [WORK_GROUP] = {"work-group", required_argument, NULL, VALUE + WORK_GROUP},
    [CHUNK] = {"chunk", required_argument, NULL, VALUE + CHUNK},
    [ALIGNED] = {"aligned", required_argument, NULL, VALUE + ALIGNED},
    [DEVICE] = {"device", required_argument, NULL, VALUE + DEVICE},
    [JSON] = {"json", no_argument, NULL, VALUE + JSON},
    [CSV] = {"csv", required_argument, NULL, VALUE + CSV},
    [PLOT] = {"plot", required_argument, NULL, VALUE + PLOT},
    [HOST] = {"host", no_argument, NULL, VALUE + HOST},
    [START] = {"start", no_argument, NULL, VALUE + START},
    [MODELS] = {"models", no_argument, NULL, VALUE + MODELS},
    [HELP] = {"help", no_argument, NULL, 'h'},
};

/* ---- numbers ------------------------------------------------------------------------------- */

static int read_count(const char *const *texts, int option, uint64_t least, uint64_t most,
                      uint64_t *value)
{
    return take_count(known[option].name, texts[option], least, most, value);
}

static int read_launch(const char *const *texts, clstep_engine_options *launch)
{
    uint64_t width = 0, group = 0, chunk = 0, aligned = 0;
    int code = read_count(texts, VECTOR_WIDTH, 0, 16, &width);
    if (code == EXIT_OK)
        code = read_count(texts, WORK_GROUP, 0, 65536, &group);
    if (code == EXIT_OK)
        code = read_count(texts, CHUNK, 0, 1 << 30, &chunk);
    if (code == EXIT_OK)
        code = read_count(texts, ALIGNED, 0, 2, &aligned);
    *launch = (clstep_engine_options)CLSTEP_ENGINE_OPTIONS_INIT;
    launch->vector_width = (uint32_t)width;
    launch->work_group_size = (uint32_t)group;
    launch->chunk_elements = (uint32_t)chunk;
    launch->access = (clstep_access)aligned;
    return code;
}

/* ---- models -------------------------------------------------------------------------------- */

static int add_model(bench_options *options, const char *name, size_t elements)
{
    if (options->model_count == BENCH_MODELS_MAX)
        return complain(EXIT_USAGE, "at most %d models can be measured in one run",
                        BENCH_MODELS_MAX);
    bench_model *model = &options->models[options->model_count];
    int code = name ? bench_model_make(model, name) : bench_model_flat(model, elements);
    if (code != EXIT_OK)
        return code;
    options->model_count++;
    if (model->elements >= LIMIT_LEAST)
        return EXIT_OK;
    return complain(EXIT_USAGE, "--model \"%s\" has fewer than %d elements", name, LIMIT_LEAST);
}

static int add_all(bench_options *options)
{
    int code = EXIT_OK;
    const char *name;
    for (size_t i = 0; code == EXIT_OK && (name = bench_model_name(i)); i++)
        code = add_model(options, name, 0);
    return code;
}

static int add_word(bench_options *options, int option, const char *word)
{
    uint64_t elements = 0;
    if (option == MODEL)
        return strcmp(word, "all") == 0 ? add_all(options) : add_model(options, word, 0);
    int code = take_count("elements", word, LIMIT_LEAST, UINT64_C(1) << 40, &elements);
    return code == EXIT_OK ? add_model(options, NULL, (size_t)elements) : code;
}

/* Words with commas between them, in the order in which they are given. */
static int add_models(bench_options *options, int option, const char *text)
{
    for (const char *from = text;; from++) {
        char word[64] = "";
        const size_t length = strcspn(from, ",");
        if (length < sizeof word)
            memcpy(word, from, length);
        int code = add_word(options, option, word);
        if (code != EXIT_OK)
            return code;
        from += length;
        if (*from == '\0')
            return EXIT_OK;
    }
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int collect(bench_options *options, const char **texts, rule_choice *rule, int argc,
                   char **argv)
{
    int found;
    while ((found = next_option(argc, argv, rule_options(known))) != -1) {
        if (found == '?')
            return EXIT_USAGE;
        if (rule_option(found, optarg, rule))
            continue;
        const int option = found == 'h' ? HELP : found - VALUE;
        texts[option] = optarg ? optarg : "";
        int code =
            option == MODEL || option == ELEMENTS ? add_models(options, option, optarg) : EXIT_OK;
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

/* --host, --start and --models measure no rows: options of rows are refused. */
static int read_mode(const char *const *texts, bench_options *options)
{
    static const int modes[] = {[BENCH_HOST] = HOST, [BENCH_START] = START, [BENCH_LIST] = MODELS};
    static const int rows_only[] = {MODEL, ELEMENTS, OWN_BUFFERS, FORMATS, PEERS, CSV, PLOT};
    for (size_t mode = BENCH_HOST; mode <= BENCH_LIST; mode++) {
        if (!texts[modes[mode]])
            continue;
        if (options->mode != BENCH_ROWS)
            return complain(EXIT_USAGE, "give either --%s or --%s, not both",
                            known[modes[options->mode]].name, known[modes[mode]].name);
        options->mode = (bench_mode)mode;
    }
    for (size_t i = 0; options->mode != BENCH_ROWS && i < sizeof rows_only / sizeof *rows_only; i++)
        if (texts[rows_only[i]])
            return complain(EXIT_USAGE, "--%s has no use for --%s",
                            known[modes[options->mode]].name, known[rows_only[i]].name);
    return EXIT_OK;
}

static int check_peers(const bench_options *options)
{
    bool plain = false, flat = false;
    for (size_t i = 0; i < options->workload_count; i++)
        plain = plain || bench_workload_is_plain(&options->workloads[i]);
    for (size_t i = 0; i < options->model_count; i++)
        flat = flat || bench_model_is_flat(&options->models[i]);
    if (options->peers && (!plain || !flat || options->own_buffers))
        return complain(EXIT_USAGE,
                        "--peers goes with plain RMSprop on a flat model in shared buffers only");
    return EXIT_OK;
}

static int read_rest(const char *const *texts, bench_options *options)
{
    options->own_buffers = texts[OWN_BUFFERS] != NULL;
    options->peers = texts[PEERS] != NULL;
    options->json = texts[JSON] != NULL;
    options->device = texts[DEVICE];
    options->csv = texts[CSV];
    options->plot = texts[PLOT];
    if (options->json && options->csv && strcmp(options->csv, "-") == 0)
        return complain(EXIT_USAGE, "--json and --csv - both write to standard output; give --csv "
                                    "a file");
    uint64_t rounds = 0;
    int code = read_count(texts, ROUNDS, 1, BENCH_ROUNDS_MAX, &rounds);
    options->rounds = (size_t)rounds;
    return code == EXIT_OK ? read_launch(texts, &options->launch) : code;
}

int bench_options_parse(bench_options *options, int argc, char **argv)
{
    const char *texts[OPTIONS] = {NULL};
    rule_choice rule = {0};
    *options = (bench_options){0};
    int code = collect(options, texts, &rule, argc, argv);
    options->help = texts[HELP] != NULL;
    if (code != EXIT_OK || options->help)
        return code;
    code = read_mode(texts, options);
    if (code == EXIT_OK)
        code = read_rest(texts, options);
    unsigned formats = 0;
    if (code == EXIT_OK)
        code = bench_formats_read(texts[FORMATS], &formats);
    if (code == EXIT_OK)
        code = bench_workloads_make(&rule, formats, options->workloads, &options->workload_count);
    if (code == EXIT_OK && options->model_count == 0)
        code = add_model(options, "flat", 0);
    return code == EXIT_OK ? check_peers(options) : code;
}

void bench_options_free(bench_options *options)
{
    for (size_t i = 0; i < options->model_count; i++)
        bench_model_free(&options->models[i]);
    options->model_count = 0;
}

/* ---- help ------------------------------------------------------------------------------------ */

static const char help[] =
    "usage: clstep bench [OPTION...]\n"
    "\n"
    "Compares the speed of updates with the limit that memory sets: the fastest of\n"
    "five kernels with the same reads and writes and no arithmetic. Limit and update\n"
    "are measured alternately, round by round.\n"
    "\n"
    "what is updated\n"
    "  --elements N[,...] one tensor of N elements; K, M and G are powers of 1024.\n"
    "                     Small tensors measure caches and launches, not memory\n"
    "                     (default 64M)\n"
    "  --model NAME[,...] flat, resnet50, gpt2, efficientnet-b0, dqn, 10000x4096,\n"
    "                     40000x256, `all`, or TENSORSxELEMENTS; see --models\n"
    "  --own-buffers      every tensor in buffers of its own, not all in one\n"
    "  --formats F        fp32 (default); bf16: parameters, gradients and state;\n"
    "                     8bit: the same with state in 8 bits; or all\n"
    "\n"
    "rule (default: every rule; RMSprop plain, with momentum, centred, and with "
    "both)\n" RULE_OPTIONS_HELP "\n"
    "how\n"
    "  --peers            also times plain RMSprop that is made of CLBlast calls and\n"
    "                     a small kernel (flat models only)\n"
    "  --repeats N        timed rounds (default 11 to 201, about a second of them)\n"
    "  --vector-width N  --work-group N  --chunk N  --aligned N\n"
    "                     launch parameters in place of the device's own; --aligned 1\n"
    "                     takes aligned vectors where offsets allow, 2 unaligned ones\n"
    "                     everywhere\n"
    "  --device D         an index or a part of a name, see clstep devices\n"
    "\n"
    "output\n"
    "  --json             one JSON object per row, each on a line of its own\n"
    "  --csv FILE         all rows as a table; - is standard output\n"
    "  --plot FILE        a picture of them, .svg or .png; needs gnuplot\n"
    "\n"
    "instead of rows\n"
    "  --host             what a step costs the host, beside launches of an empty\n"
    "                     kernel and of one with the same arguments\n"
    "  --start            the time from an engine's creation to the end of its first\n"
    "                     step in this process; scripts/bench-start measures it with\n"
    "                     the driver's cache cold and warm\n"
    "  --models           lists the models\n"
    "  --help\n"
    "\n"
    "columns\n"
    "  bytes/elem.        bytes that an update reads and writes for each element; the\n"
    "                     norms of --clip read more\n"
    "  limit              speed of the limit, in GB (10^9 bytes) per second\n"
    "  arith.             speed of the limit with one division and one square root\n"
    "                     per element: no large update that needs both is faster\n"
    "  update             speed of the update\n"
    "  share of limit     time of the limit / time of the update, within a round: the\n"
    "                     median, then the quartiles\n"
    "  against base       time of the base / time of this row, the median: above 1\n"
    "                     this row is faster. The base is one flat tensor of as many\n"
    "                     elements; for a flat model in another format, the same in\n"
    "                     fp32; with --peers, clstep's own update\n"
    "  million elem./s    millions of elements updated per second\n"
    "  launches           launches of update kernels in one step\n"
    "  host               time of the call alone, in microseconds\n"
    "  first step         from an engine's creation to the end of its first step, in\n"
    "                     milliseconds\n"
    "  again              the same for a second engine: the driver's cache then has\n"
    "                     the compiled kernels\n"
    "A narrow terminal shows fewer columns; --csv and --json have all.\n"
    "\n"
    "exit codes: 0 done, 1 failed, 2 wrong usage\n";

void bench_options_help(void)
{
    rule_options_help(help);
}
