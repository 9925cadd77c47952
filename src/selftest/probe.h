/* The probe: how a device rounds divide, sqrt, fma, multiplication and addition
 * (kernels/tools/probe.cl). */
#ifndef CLSTEP_SELFTEST_PROBE_H
#define CLSTEP_SELFTEST_PROBE_H

#include "base/text.h"
#include "engine/program.h"
#include "selftest/probe_judge.h"

/* Where the probe runs. */
typedef struct clstep__probe_place {
    cl_context context;
    cl_device_id device;
    cl_command_queue queue;
    uint32_t width;         /* of the engine's vectors */
    bool correctly_rounded; /* as in the engine */
} clstep__probe_place;

/* Builds the probe kernel, runs it, waits and compares. `log` as in clstep__program_build(). */
clstep_status clstep__probe_run(const clstep__probe_place *place, clstep__probe *probe,
                                clstep__text *log);

#endif
