/*
 * The memory-bound limit: kernels with an update's reads and writes and no arithmetic; and that of
 * the arithmetic: the same with a divide and a square root for each element.
 */
#ifndef CLSTEP_CLI_YARDSTICK_H
#define CLSTEP_CLI_YARDSTICK_H

#include "cli/command.h"

enum { YARDSTICK_ARRAYS_MAX = 5, YARDSTICK_FORMS = 5, YARDSTICK_ROOTS = 2, YARDSTICK_LEAST = 16 };

/* What is read and, but for the gradient, written: `elements` of each array, at least
 * YARDSTICK_LEAST. */
typedef struct yardstick_load {
    cl_mem arrays[YARDSTICK_ARRAYS_MAX];         /* parameter, gradient, state */
    size_t count;                                /* 2 to YARDSTICK_ARRAYS_MAX */
    size_t param_bytes, grad_bytes, state_bytes; /* of an element: 1, 2, 4 or 8 */
    size_t elements;
    bool has_root; /* the update divides by a square root, in fp32 */
} yardstick_load;

/* A form of the kernel; the fastest of all is the limit. */
typedef struct yardstick_form {
    const workplace *place;
    const char *name; /* "16 x 1024": elements per access, accesses per work-item */
    cl_program program;
    cl_kernel kernel;
    size_t global;
    double share; /* of the elements: whole vectors only */
} yardstick_form;

typedef struct yardstick {
    yardstick_form forms[YARDSTICK_FORMS];
    yardstick_form roots[YARDSTICK_ROOTS]; /* with divide and square root */
    size_t root_count;                     /* 0 where there are none */
} yardstick;

int yardstick_open(yardstick *stick, const workplace *place, const yardstick_load *load);
void yardstick_close(yardstick *stick);

/* Enqueues a form; an exit code. */
int yardstick_enqueue(const yardstick_form *form);

#endif
