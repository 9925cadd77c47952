/* Reads and checks the command line. No file or device is opened. The text of --help is help.c's.
 */
#include "cli/train/options.h"

#include "cli/closest.h"
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
    SAVE,
    RESUME,
    COMPARE,
    SWEEP,
    DRIFT,
    VALLEY,
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
    [SAVE] = {"save", required_argument, NULL, VALUE + SAVE},
    [RESUME] = {"resume", required_argument, NULL, VALUE + RESUME},
    [COMPARE] = {"compare", no_argument, NULL, VALUE + COMPARE},
    [SWEEP] = {"sweep", no_argument, NULL, VALUE + SWEEP},
    [DRIFT] = {"drift", no_argument, NULL, VALUE + DRIFT},
    [VALLEY] = {"valley", no_argument, NULL, VALUE + VALLEY},
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
    if (texts[WARMUP] && kind == CLSTEP_SCHEDULE_ONE_CYCLE)
        return complain(EXIT_USAGE, "--schedule one-cycle has a warm-up of its own; leave out "
                                    "--warmup");
    return EXIT_OK;
}

static int complain_schedule(const char *given)
{
    static const char *const known_schedules[] = {"constant", "step", "exponential", "cosine",
                                                  "one-cycle"};
    closest search = closest_to(given);
    for (size_t i = 0; i < sizeof known_schedules / sizeof *known_schedules; i++)
        closest_try(&search, known_schedules[i]);
    return complain(EXIT_USAGE,
                    "--schedule takes constant, step, exponential, cosine or one-cycle, not '%s'%s",
                    given, closest_text(&search, ""));
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
        return complain_schedule(texts[SCHEDULE]);
    int code = check_schedule_options(texts, schedule->kind);
    if (!code)
        code = read_count(texts, WARMUP, 0, UINT32_MAX, &schedule->warmup_steps);
    if (!code)
        code = read_number(texts, GAMMA, &schedule->gamma);
    if (!code)
        code = read_count(texts, PERIOD, 1, UINT32_MAX, &schedule->period);
    return code ? code : read_number(texts, FINAL_LR, &schedule->final_lr);
}

/* Whether the rule can keep its state in a format, and keeps any. */
static int check_state(const char *text, const train_options *options)
{
    const clstep_rule *rule = &options->rule;
    if (options->mode == TRAIN_ONE && !clstep_rule_state_name(rule, 0))
        return complain(EXIT_USAGE,
                        "--state-dtype changes nothing: %s without momentum keeps no state; leave "
                        "it out",
                        clstep_rule_name(rule));
    if (options->state_dtype != CLSTEP_DTYPE_FLOAT32 && rule->centered &&
        rule->variance == CLSTEP_VARIANCE_DIFFERENCE)
        return complain(EXIT_USAGE,
                        "--state-dtype %s is too coarse for a difference of two averages; give "
                        "--variance recursion, too",
                        text);
    return EXIT_OK;
}

static int read_state_dtype(const char *text, train_options *options)
{
    static const int32_t states[] = {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16,
                                     CLSTEP_DTYPE_UINT8};
    options->state_dtype = CLSTEP_DTYPE_FLOAT32;
    for (size_t i = 0; text && i < sizeof states / sizeof *states; i++) {
        options->state_dtype = states[i];
        if (strcmp(clstep_dtype_describe((clstep_dtype)states[i])->name, text) == 0)
            return check_state(text, options);
    }
    return text ? complain(EXIT_USAGE, "--state-dtype takes fp32, bf16 or 8bit, not '%s'", text)
                : EXIT_OK;
}

bool train_parse_hidden(const char *text, train_options *options)
{
    options->hidden_count = 0;
    for (const char *from = text;; from++) {
        char number[16] = "";
        size_t length = strcspn(from, ",");
        uint64_t size = 0;
        if (length < sizeof number)
            memcpy(number, from, length);
        if (!parse_count(number, &size) || size < 1 || size > 16384 ||
            options->hidden_count == NETWORK_MOST_HIDDEN)
            return false;
        options->hidden[options->hidden_count++] = (size_t)size;
        from += length;
        if (*from == '\0')
            return true;
    }
}

static int read_hidden(const char *text, train_options *options)
{
    if (train_parse_hidden(text ? text : "256,128", options))
        return EXIT_OK;
    return complain(EXIT_USAGE,
                    "--hidden takes up to %d sizes from 1 to 16384 with commas between them, not "
                    "'%s'",
                    NETWORK_MOST_HIDDEN, text);
}

/* The options that choose a mode, and how a message names it. */
static const struct {
    int option;
    const char *takes;
} modes[] = {
    [TRAIN_ONE] = {HELP, NULL},
    [TRAIN_RESUME] = {RESUME, "takes rule, network, schedule and seed from its file"},
    [TRAIN_COMPARE] = {COMPARE, "trains by four rules, and saves no weights"},
    [TRAIN_SWEEP] = {SWEEP, "trains by four rules, and writes no files"},
    [TRAIN_DRIFT] = {DRIFT, "has four rules and a task of its own"},
    [TRAIN_VALLEY] = {VALLEY, "has four rules and a task of its own"},
};
enum { MODES = sizeof modes / sizeof *modes };

/* In which modes an option means something; all where the table has nothing. Rules are read in
 * TRAIN_ONE only. */
#define IN(mode) (1U << (mode))
#define NETWORKS (IN(TRAIN_ONE) | IN(TRAIN_COMPARE) | IN(TRAIN_SWEEP))
#define PICTURES                                                                                   \
    (IN(TRAIN_ONE) | IN(TRAIN_RESUME) | IN(TRAIN_COMPARE) | IN(TRAIN_DRIFT) | IN(TRAIN_VALLEY))
static const unsigned char useful[OPTIONS] = {
    [SCHEDULE] = NETWORKS,
    [STATE_DTYPE] = NETWORKS,
    [WARMUP] = NETWORKS,
    [GAMMA] = NETWORKS,
    [PERIOD] = NETWORKS,
    [FINAL_LR] = NETWORKS,
    [BATCH] = NETWORKS,
    [HIDDEN] = NETWORKS,
    [EPOCHS] = NETWORKS | IN(TRAIN_RESUME),
    [DATA] = NETWORKS | IN(TRAIN_RESUME),
    [SEED] = NETWORKS | IN(TRAIN_DRIFT),
    [CSV] = PICTURES,
    [PLOT] = PICTURES,
    [SAVE] = IN(TRAIN_ONE) | IN(TRAIN_RESUME),
};

/* Nothing that was given may be ignored in silence. */
static int check_useful(const char *const *texts, const rule_choice *rule, train_mode mode)
{
    const char *vain = mode == TRAIN_ONE ? NULL : rule_option_given(rule);
    for (size_t i = 0; !vain && i < OPTIONS; i++)
        if (texts[i] && useful[i] && !(useful[i] & IN(mode)))
            vain = known[i].name;
    if (!vain)
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s %s; leave out --%s", known[modes[mode].option].name,
                    modes[mode].takes, vain);
}

static int read_mode(const char *const *texts, const rule_choice *rule, train_options *options)
{
    options->mode = TRAIN_ONE;
    for (int i = TRAIN_ONE + 1; i < MODES; i++) {
        if (!texts[modes[i].option])
            continue;
        if (options->mode != TRAIN_ONE)
            return complain(EXIT_USAGE, "give either --%s or --%s, not both",
                            known[modes[options->mode].option].name, known[modes[i].option].name);
        options->mode = (train_mode)i;
    }
    return check_useful(texts, rule, options->mode);
}

static int read_rest(const char *const *texts, train_options *options)
{
    static const uint64_t epochs[MODES] = {
        [TRAIN_ONE] = 10, [TRAIN_COMPARE] = 5, [TRAIN_SWEEP] = 2};
    options->data = texts[DATA];
    options->device = texts[DEVICE];
    options->csv = texts[CSV];
    options->plot = texts[PLOT];
    options->save = texts[SAVE];
    options->resume = texts[RESUME];
    options->epochs = epochs[options->mode];
    options->batch = 128;
    /* A sweep that used the comparison's own weights and order would flatter every rule. */
    options->seed = options->mode == TRAIN_SWEEP ? 2 : 1;
    int code = read_count(texts, EPOCHS, 1, TRAIN_MOST_EPOCHS, &options->epochs);
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
        code = read_state_dtype(texts[STATE_DTYPE], options);
    if (!code)
        code = read_hidden(texts[HIDDEN], options);
    return code ? code : read_rest(texts, options);
}
