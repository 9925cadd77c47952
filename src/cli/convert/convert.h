/* `clstep convert`: translates a state in a file from one framework's form into another's. */
#ifndef CLSTEP_CLI_CONVERT_CONVERT_H
#define CLSTEP_CLI_CONVERT_CONVERT_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_convert(int argc, char **argv);

#endif
