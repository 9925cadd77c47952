/* The device that --device or the environment names. */
#ifndef CLSTEP_CLI_CHOOSE_DEVICE_H
#define CLSTEP_CLI_CHOOSE_DEVICE_H

#include <clstep/clstep.h>

/* clstep_device_choose(). Returns an exit code and has said what is wrong, with the word of a
 * device's name that was probably meant. */
int choose_device(cl_device_id *device, const char *wanted);

#endif
