/* The file of `clstep train --save`: a checkpoint with the parameters, and the options that a run
 * needs to go on as if it had never stopped. */
#ifndef CLSTEP_CLI_TRAIN_SAVED_H
#define CLSTEP_CLI_TRAIN_SAVED_H

#include "cli/train/options.h"
#include "cli/train/session.h"

#include <clstep/store.h>

/* All return an exit code and have said what is wrong. */

/* Opens the file options->resume. Fills `options` with what the file says, and options->epochs
 * where it is 0. What `options` then points to is valid until the checkpoint is closed. */
int saved_open(clstep_checkpoint **saved, train_options *options);

/* Whether the run of the file was made with this data set, and how many epochs it has finished. */
int saved_epochs(const clstep_checkpoint *saved, const train_options *options, const dataset *data,
                 size_t *epochs);

/* Parameters and state into the session's network and its optimizer. */
int saved_load(const clstep_checkpoint *saved, const train_session *session,
               clstep_optimizer *optimizer);

/* Writes options->save, as a whole or not at all. */
int saved_write(const train_options *options, const train_session *session,
                clstep_optimizer *optimizer);

#endif
