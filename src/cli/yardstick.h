/* The memory-bound limit: kernels with an update's reads and writes and no arithmetic. */
#ifndef CLSTEP_CLI_YARDSTICK_H
#define CLSTEP_CLI_YARDSTICK_H

#include "cli/command.h"

enum { YARDSTICK_ARRAYS_MAX = 5, YARDSTICK_FORMS = 3, YARDSTICK_ROUND = 16384 };

/* Several forms of the kernel; the fastest of them is the limit. */
typedef struct yardstick {
    cl_program programs[YARDSTICK_FORMS];
    cl_kernel kernels[YARDSTICK_FORMS];
    size_t global[YARDSTICK_FORMS];
} yardstick;

/* `count` arrays (2 to YARDSTICK_ARRAYS_MAX) of `elements` floats, a multiple of YARDSTICK_ROUND:
 * the parameter, the gradient, the state. All are read, and all but the gradient are written, with
 * what they hold. */
int yardstick_open(yardstick *stick, const workplace *place, const cl_mem *arrays, size_t count,
                   size_t elements);
void yardstick_close(yardstick *stick);

/* "float16 x 1024", say. */
const char *yardstick_form_name(size_t form);

#endif
