/* The command line of `clstep train`. */
#ifndef CLSTEP_CLI_TRAIN_OPTIONS_H
#define CLSTEP_CLI_TRAIN_OPTIONS_H

#include "cli/command.h"
#include "cli/train/network.h"

typedef enum train_mode { TRAIN_ONE, TRAIN_COMPARE, TRAIN_SWEEP } train_mode;

typedef struct train_options {
    bool help;
    train_mode mode;
    const char *data; /* NULL: the default folder */
    const char *device;
    const char *csv;
    const char *plot;
    const char *preset;
    clstep_rule rule; /* TRAIN_ONE only */
    int32_t state_dtype;
    const char *schedule_name;
    clstep_schedule schedule; /* without lr and total_steps; a period of 0 is an epoch */
    uint64_t epochs;
    uint64_t batch;
    uint64_t seed;
    size_t hidden_count;
    size_t hidden[NETWORK_MOST_HIDDEN];
} train_options;

/* Returns an exit code and has said what is wrong. Looks at nothing but the arguments. */
int train_options_parse(train_options *options, int argc, char **argv);
void train_options_help(void);

#endif
