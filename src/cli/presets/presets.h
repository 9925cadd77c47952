/* `clstep presets`: lists the presets, or describes one. */
#ifndef CLSTEP_CLI_PRESETS_PRESETS_H
#define CLSTEP_CLI_PRESETS_PRESETS_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_presets(int argc, char **argv);

#endif
