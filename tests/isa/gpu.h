/*
 * An imaginary GPU: every OpenCL call that creating an engine and an optimizer makes, answered
 * without a driver, so that the library tells what it would compile for a GPU where there is none.
 * Nothing is executed. Not for threads.
 */
#ifndef TESTS_ISA_GPU_H
#define TESTS_ISA_GPU_H

#include <clstep/clstep.h>

enum { GPU_STATES_MAX = 8 };

/* What the library did since gpu_forget(). */
typedef struct gpu_record {
    const char *options; /* of the last program that was built; NULL: none was */
    const char *source;  /* of all programs: '\0'-terminated */
    size_t state_count;
    size_t states[GPU_STATES_MAX]; /* bytes of the buffers that were made for kernels to write */
} gpu_record;

/* A device that does or does not report correctly rounded divide and sqrt. */
cl_device_id gpu_device(int correctly_rounded);
cl_context gpu_context(void);
cl_command_queue gpu_queue(cl_device_id device);

void gpu_forget(void);
const gpu_record *gpu_recorded(void);

#endif
