/* The command line of `clstep train`. */
#ifndef CLSTEP_CLI_TRAIN_OPTIONS_H
#define CLSTEP_CLI_TRAIN_OPTIONS_H

#include "cli/command.h"
#include "cli/train/network.h"

enum { TRAIN_MOST_EPOCHS = 10000 };

/* What the command does. TRAIN_RESUME is TRAIN_ONE with most options taken from a file. */
typedef enum train_mode {
    TRAIN_ONE,
    TRAIN_RESUME,
    TRAIN_COMPARE,
    TRAIN_SWEEP,
    TRAIN_DRIFT,
    TRAIN_VALLEY
} train_mode;

typedef struct train_options {
    bool help;
    train_mode mode;
    const char *data; /* NULL: the default folder */
    const char *device;
    const char *csv;
    const char *plot;
    const char *save;
    const char *resume;
    const char *preset;
    clstep_rule rule; /* TRAIN_ONE and TRAIN_RESUME only */
    int32_t state_dtype;
    const char *schedule_name;
    clstep_schedule schedule; /* without lr and total_steps; a period of 0 is an epoch */
    uint64_t epochs;          /* TRAIN_RESUME: 0 where --epochs was not given */
    uint64_t batch;
    uint64_t seed;
    size_t hidden_count;
    size_t hidden[NETWORK_MOST_HIDDEN];
} train_options;

/* Returns an exit code and has said what is wrong. Looks at nothing but the arguments: of
 * TRAIN_RESUME, saved.c fills in what the file says. */
int train_options_parse(train_options *options, int argc, char **argv);

/* Sizes of hidden layers, such as "256,128"; false where the text is wrong. */
bool train_parse_hidden(const char *text, train_options *options);

#endif
