/* `clstep tune`: finds the fastest launch parameters of a device. */
#ifndef CLSTEP_CLI_TUNE_TUNE_H
#define CLSTEP_CLI_TUNE_TUNE_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_tune(int argc, char **argv);

#endif
