/* `clstep selftest`: holds a device against the scalar reference. */
#ifndef CLSTEP_CLI_SELFTEST_SELFTEST_H
#define CLSTEP_CLI_SELFTEST_SELFTEST_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_selftest(int argc, char **argv);

#endif
