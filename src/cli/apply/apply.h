/* `clstep apply`: one step over parameters in a file, by gradients in another. */
#ifndef CLSTEP_CLI_APPLY_APPLY_H
#define CLSTEP_CLI_APPLY_APPLY_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_apply(int argc, char **argv);

#endif
