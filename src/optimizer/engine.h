/* What an optimizer needs of its engine. */
#ifndef CLSTEP_OPTIMIZER_ENGINE_H
#define CLSTEP_OPTIMIZER_ENGINE_H

#include "device/program.h"

#include <clstep/clstep.h>
#include <pthread.h>
#include <sys/types.h>

typedef struct clstep__program {
    struct clstep__program *next;
    char *options;
    cl_program program;
} clstep__program;

struct clstep_engine {
    cl_context context;
    cl_device_id device;
    pid_t process; /* drivers do not survive fork() */
    int correctly_rounded;
    uint64_t max_allocation; /* bytes */
    uint32_t width;
    uint32_t aligned;
    uint32_t group_size;
    uint32_t chunk_elements;
    pthread_mutex_t lock; /* guards the two below */
    clstep__program *programs;
    clstep__text build_log;
};

/* Makes a kernel of its own for the caller, compiling its program if that is missing. */
clstep_status clstep__engine_kernel(clstep_engine *engine, const clstep__shape *shape,
                                    uint32_t many, cl_kernel *kernel);

#endif
