/* The inside of an engine, for optimizers. */
#ifndef CLSTEP_ENGINE_ENGINE_H
#define CLSTEP_ENGINE_ENGINE_H

#include "base/process.h"
#include "engine/blob.h"
#include "engine/program.h"

#include <clstep/clstep.h>
#include <pthread.h>

typedef struct clstep__program {
    struct clstep__program *next;
    char *options;
    cl_program program;
    bool loaded; /* from the blob */
} clstep__program;

struct clstep_engine {
    cl_context context;
    cl_device_id device;
    clstep__process process;
    bool correctly_rounded; /* the device can round divide and sqrt correctly */
    int has_double;
    unsigned pointers;       /* CLSTEP__POINTERS_... */
    uint64_t max_allocation; /* bytes */
    uint64_t local_memory;   /* bytes of a work-group */
    uint32_t width;
    uint32_t aligned;
    uint32_t group_size;
    uint32_t chunk_elements;
    pthread_mutex_t lock; /* guards all below */
    clstep__program *programs;
    clstep__text build_log;
    clstep__blob blob; /* of an earlier run, if the caller has given one */
    clstep_engine_counts counts;
};

/* Creates a kernel object for the caller alone: clstep_update or another kernel of the same
 * program. Compiles the program if the engine does not have it. */
clstep_status clstep__engine_kernel(clstep_engine *engine, const clstep__variant *variant,
                                    const clstep__format *format, uint32_t binding,
                                    const char *name, cl_kernel *kernel);

#endif
