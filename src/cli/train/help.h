/* The text of `clstep train --help`. */
#ifndef CLSTEP_CLI_TRAIN_HELP_H
#define CLSTEP_CLI_TRAIN_HELP_H

/* Prints it. */
void train_help(void);

#endif
