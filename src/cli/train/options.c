/* Reads and checks the command line, and holds the text of --help. No file or device is opened. */
#include "cli/train/options.h"

#include "cli/rule_options.h"
#include "cli/train/dataset.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
    SCHEDULE,
    STATE_DTYPE,
    WARMUP,
    GAMMA,
    PERIOD,
    FINAL_LR,
    EPOCHS,
    BATCH,
    HIDDEN,
    SEED,
    DEVICE,
    DATA,
    CSV,
    PLOT,
    COMPARE,
    SWEEP,
    HELP,
    OPTIONS
};

/* getopt_long() takes options with equal values for one option. */
enum { VALUE = RULE_OPTION_VALUE + RULE_OPTION_COUNT };

static const struct option known[OPTIONS + 1] = {
    [SCHEDULE] = {"schedule", required_argument, NULL, VALUE + SCHEDULE},
    [STATE_DTYPE] = {"state-dtype", required_argument, NULL, VALUE + STATE_DTYPE},
    [WARMUP] = {"warmup", required_argument, NULL, VALUE + WARMUP},
    [GAMMA] = {"gamma", required_argument, NULL, VALUE + GAMMA},
    [PERIOD] = {"period", required_argument, NULL, VALUE + PERIOD},
    [FINAL_LR] = {"final-lr", required_argument, NULL, VALUE + FINAL_LR},
    [EPOCHS] = {"epochs", required_argument, NULL, VALUE + EPOCHS},
    [BATCH] = {"batch", required_argument, NULL, VALUE + BATCH},
    [HIDDEN] = {"hidden", required_argument, NULL, VALUE + HIDDEN},
    [SEED] = {"seed", required_argument, NULL, VALUE + SEED},
    [DEVICE] = {"device", required_argument, NULL, VALUE + DEVICE},
    [DATA] = {"data", required_argument, NULL, VALUE + DATA},
    [CSV] = {"csv", required_argument, NULL, VALUE + CSV},
    [PLOT] = {"plot", required_argument, NULL, VALUE + PLOT},
    [COMPARE] = {"compare", no_argument, NULL, VALUE + COMPARE},
    [SWEEP] = {"sweep", no_argument, NULL, VALUE + SWEEP},
    [HELP] = {"help", no_argument, NULL, 'h'},
};

/* ---- the texts ----------------------------------------------------------------------------- */

static int collect(const char **texts, rule_choice *rule, int argc, char **argv)
{
    int found;
    while ((found = next_option(argc, argv, rule_options(known))) != -1) {
        if (found == '?')
            return EXIT_USAGE;
        if (!rule_option(found, optarg, rule))
            texts[found == 'h' ? HELP : found - VALUE] = optarg ? optarg : "";
    }
    return EXIT_OK;
}

static int read_number(const char *const *texts, int option, double *value)
{
    return take_number(known[option].name, texts[option], value);
}

static int read_count(const char *const *texts, int option, uint64_t least, uint64_t most,
                      uint64_t *value)
{
    return take_count(known[option].name, texts[option], least, most, value);
}

/* ---- what they mean ------------------------------------------------------------------------ */

static int read_rule(const rule_choice *choice, train_options *options)
{
    int code = rule_choose_preset(choice, &options->preset);
    if (!options->preset)
        options->preset = "hinton";
    return code ? code : rule_choose(choice, NULL, &options->rule);
}

static int check_schedule_options(const char *const *texts, int32_t kind)
{
    bool periodic = kind == CLSTEP_SCHEDULE_STEP || kind == CLSTEP_SCHEDULE_EXPONENTIAL;
    if ((texts[GAMMA] || texts[PERIOD]) && !periodic)
        return complain(EXIT_USAGE, "--%s goes with --schedule step or exponential only",
                        texts[GAMMA] ? "gamma" : "period");
    if (texts[FINAL_LR] && kind != CLSTEP_SCHEDULE_COSINE)
        return complain(EXIT_USAGE, "--final-lr goes with --schedule cosine only");
    return EXIT_OK;
}

static int read_schedule(const char *const *texts, train_options *options)
{
    clstep_schedule *schedule = &options->schedule;
    *schedule = (clstep_schedule)CLSTEP_SCHEDULE_INIT;
    schedule->kind = options->mode == TRAIN_ONE ? CLSTEP_SCHEDULE_COSINE : CLSTEP_SCHEDULE_CONSTANT;
    schedule->gamma = 0.5;
    options->schedule_name = texts[SCHEDULE]              ? texts[SCHEDULE]
                             : options->mode == TRAIN_ONE ? "cosine"
                                                          : "constant";
    if (texts[SCHEDULE] &&
        clstep_schedule_kind_from_name(texts[SCHEDULE], &schedule->kind) != CLSTEP_OK)
        return complain(EXIT_USAGE,
                        "there is no schedule '%s'; there are constant, step, exponential, cosine "
                        "and one-cycle",
                        texts[SCHEDULE]);
    int code = check_schedule_options(texts, schedule->kind);
    if (!code)
        code = read_count(texts, WARMUP, 0, UINT32_MAX, &schedule->warmup_steps);
    if (!code)
        code = read_number(texts, GAMMA, &schedule->gamma);
    if (!code)
        code = read_count(texts, PERIOD, 1, UINT32_MAX, &schedule->period);
    return code ? code : read_number(texts, FINAL_LR, &schedule->final_lr);
}

static int read_state_dtype(const char *text, int32_t *dtype)
{
    static const int32_t states[] = {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16,
                                     CLSTEP_DTYPE_UINT8};
    *dtype = CLSTEP_DTYPE_FLOAT32;
    for (size_t i = 0; text && i < sizeof states / sizeof *states; i++) {
        *dtype = states[i];
        if (strcmp(clstep_dtype_describe((clstep_dtype)states[i])->name, text) == 0)
            return EXIT_OK;
    }
    return text ? complain(EXIT_USAGE, "--state-dtype takes fp32, bf16 or 8bit, not '%s'", text)
                : EXIT_OK;
}

static int read_hidden(const char *text, train_options *options)
{
    options->hidden[0] = 256;
    options->hidden[1] = 128;
    options->hidden_count = 2;
    if (!text)
        return EXIT_OK;
    options->hidden_count = 0;
    for (const char *from = text;; from++) {
        char number[16] = "";
        size_t length = strcspn(from, ",");
        uint64_t size = 0;
        if (length < sizeof number)
            memcpy(number, from, length);
        if (!parse_count(number, &size) || size < 1 || size > 16384 ||
            options->hidden_count == NETWORK_MOST_HIDDEN)
            return complain(EXIT_USAGE,
                            "--hidden takes up to %d sizes from 1 to 16384 with commas between "
                            "them, not '%s'",
                            NETWORK_MOST_HIDDEN, text);
        options->hidden[options->hidden_count++] = (size_t)size;
        from += length;
        if (*from == '\0')
            return EXIT_OK;
    }
}

static int read_mode(const char *const *texts, const rule_choice *rule, train_options *options)
{
    const char *given = rule_option_given(rule);
    if (texts[COMPARE] && texts[SWEEP])
        return complain(EXIT_USAGE, "give either --compare or --sweep, not both");
    if (texts[SWEEP] && (texts[CSV] || texts[PLOT]))
        return complain(EXIT_USAGE, "--sweep writes no files; leave out --%s",
                        texts[CSV] ? "csv" : "plot");
    options->mode = texts[COMPARE] ? TRAIN_COMPARE : texts[SWEEP] ? TRAIN_SWEEP : TRAIN_ONE;
    if (options->mode != TRAIN_ONE && given)
        return complain(EXIT_USAGE, "--%s has rules of its own; leave out --%s",
                        texts[COMPARE] ? "compare" : "sweep", given);
    return EXIT_OK;
}

static int read_rest(const char *const *texts, train_options *options)
{
    static const uint64_t epochs[] = {[TRAIN_ONE] = 10, [TRAIN_COMPARE] = 5, [TRAIN_SWEEP] = 2};
    options->data = texts[DATA];
    options->device = texts[DEVICE];
    options->csv = texts[CSV];
    options->plot = texts[PLOT];
    options->epochs = epochs[options->mode];
    options->batch = 128;
    /* A sweep that used the comparison's own weights and order would flatter every rule. */
    options->seed = options->mode == TRAIN_SWEEP ? 2 : 1;
    int code = read_count(texts, EPOCHS, 1, 10000, &options->epochs);
    if (!code)
        code = read_count(texts, BATCH, 1, INT32_MAX, &options->batch);
    return code ? code : read_count(texts, SEED, 0, UINT64_MAX, &options->seed);
}

int train_options_parse(train_options *options, int argc, char **argv)
{
    const char *texts[OPTIONS] = {NULL};
    rule_choice rule = {0};
    *options = (train_options){0};
    int code = collect(texts, &rule, argc, argv);
    options->help = texts[HELP] != NULL;
    if (code || options->help)
        return code;
    code = read_mode(texts, &rule, options);
    if (!code)
        code = read_rule(&rule, options);
    if (!code)
        code = read_schedule(texts, options);
    if (!code)
        code = read_state_dtype(texts[STATE_DTYPE], &options->state_dtype);
    if (!code)
        code = read_hidden(texts[HIDDEN], options);
    return code ? code : read_rest(texts, options);
}

/* ---- help ------------------------------------------------------------------------------------ */

static const char help[] =
    "usage: clstep train [options]\n"
    "\n"
    "Trains a multi-layer perceptron (ReLU, softmax, cross-entropy) on Fashion-MNIST, wholly on "
    "an\n"
    "OpenCL device. The same seed gives the same weights, bit for bit, on one device.\n"
    "\n"
    "data, network and device\n"
    "  --data DIR         folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; images of "
    "any\n"
    "                     one size, labels 0 to 9 (default " DATASET_DEFAULT_FOLDER ")\n"
    "  --hidden N[,N...]  sizes of up to 8 hidden layers (default 256,128)\n"
    "  --batch N          images a step (default 128)\n"
    "  --epochs N         passes over the images (default 10; --compare 5, --sweep 2)\n"
    "  --seed N           first weights and order of the images (default 1; --sweep 2)\n"
    "  --device D         index or part of the name, see `clstep devices`\n"
    "\n"
    "rule\n" RULE_OPTIONS_HELP
    "                     (default: the preset hinton; biases are not decayed)\n"
    "  --state-dtype T    how the rule's state is kept: fp32 (default), bf16 or 8bit\n"
    "\n"
    "learning-rate schedule\n"
    "  --schedule KIND    constant, step, exponential, cosine or one-cycle (default cosine; with\n"
    "                     --compare and --sweep constant)\n"
    "  --warmup STEPS     linear rise over the first steps\n"
    "  --gamma X          step, exponential: factor per period (default 0.5)\n"
    "  --period STEPS     step, exponential: (default: an epoch)\n"
    "  --final-lr X       cosine: the end (default 0)\n"
    "\n"
    "output\n"
    "  --csv FILE         the learning curve as a table\n"
    "  --plot FILE        the learning curve as a picture, .svg or .png; needs gnuplot\n"
    "  --compare          trains by SGD, AdaGrad, RMSprop and Adam from the same weights with the\n"
    "                     same order of images, each with the lr that a sweep found\n"
    "  --sweep            that sweep: each rule with each lr of a grid; writes no files\n"
    "  --help\n"
    "\n"
    "exit codes: 0 ok, 1 failed, 2 wrong usage\n";

void train_options_help(void)
{
    rule_options_help(help);
}
