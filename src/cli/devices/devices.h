/* `clstep devices`: lists the OpenCL devices. */
#ifndef CLSTEP_CLI_DEVICES_DEVICES_H
#define CLSTEP_CLI_DEVICES_DEVICES_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_devices(int argc, char **argv);

#endif
