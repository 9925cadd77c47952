/* One training run: a network from its first weights through some epochs, by one rule. */
#ifndef CLSTEP_CLI_TRAIN_RUN_H
#define CLSTEP_CLI_TRAIN_RUN_H

#include "cli/train/curves.h"
#include "cli/train/saved.h"

typedef struct train_plan {
    clstep_rule rule; /* its lr is not used */
    int32_t state_dtype;
    clstep_schedule schedule;
    size_t epochs;
    uint64_t seed;
    const char *name; /* shown beside the progress bar */
    bool table;       /* prints a line for each epoch */
    /* Where options->save is not NULL, each finished epoch is saved, with these options. */
    const train_options *options;
    const clstep_checkpoint *resumed; /* not NULL: the run goes on from here, */
    size_t finished;                  /* after as many epochs */
} train_plan;

/* Losses are means, over an epoch, of the loss of each batch before its step. */
typedef struct train_result {
    double first_loss;
    double last_loss;
    double accuracy;
    uint32_t checksum;
    size_t epochs;    /* finished, with those before the run was resumed */
    bool interrupted; /* by a signal that interrupt_hold() holds, amid an epoch */
    bool diverged;    /* a loss, where training has ended, or a weight at the end is not finite */
} train_result;

/* Returns an exit code and has said what is wrong; `line` gets the points (may be NULL). */
int train_run(train_session *session, const train_plan *plan, curve *line, train_result *result);

#endif
