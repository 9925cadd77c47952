/*
 * A trial of the self-test: tensors at chosen places of shared buffers, stepped on the device and
 * by the scalar reference, every element of everything compared after every step.
 */
#ifndef CLSTEP_OPTIMIZER_SELFTEST_TRIAL_H
#define CLSTEP_OPTIMIZER_SELFTEST_TRIAL_H

#include "layout.clh"
#include "optimizer/selftest_cases.h"
#include "optimizer/selftest_promise.h"

enum {
    CLSTEP__TRIAL_TENSORS = 15,
    CLSTEP__TRIAL_BUFFERS = 11, /* more than one launch takes */
    CLSTEP__TRIAL_GROUPS = 3
};

typedef struct clstep__trial_tensor {
    size_t count;
    size_t group;
    size_t place; /* in its group */
    size_t param_buffer;
    size_t grad_buffer;
    size_t param_offset;
    size_t grad_offset;
    size_t state_offset; /* in the host's copies of the state */
} clstep__trial_tensor;

typedef struct clstep__trial_buffer {
    size_t size; /* elements */
    float *host; /* as the device's should be, guards included */
    cl_mem device;
} clstep__trial_buffer;

/* What a trial is about; the same for all of a self-test but for the case. */
typedef struct clstep__trial_setting {
    clstep_engine *engine;
    cl_context context;
    cl_command_queue queue;
    const char *preset;
    const clstep__selftest_case *of;
    unsigned departs;
    bool quick;
} clstep__trial_setting;

typedef struct clstep__trial {
    const clstep__trial_setting *setting;
    clstep_selftest_result *result;
    size_t group_count;
    clstep_rule rules[CLSTEP__TRIAL_GROUPS];
    double lr[CLSTEP__TRIAL_GROUPS]; /* of the step */
    clstep__trial_tensor tensors[CLSTEP__TRIAL_TENSORS];
    size_t buffer_count;
    clstep__trial_buffer params[CLSTEP__TRIAL_BUFFERS];
    clstep__trial_buffer grads[CLSTEP__TRIAL_BUFFERS];
    size_t state_count; /* arrays */
    size_t elements;    /* of all tensors */
    float *states[CLSTEP_STATES_MAX];
    float *read_states[CLSTEP_STATES_MAX]; /* from the device, after a step */
    float *read;                           /* a buffer from the device */
    clstep_optimizer *optimizer;
    uint64_t seed;
    uint64_t step;
} clstep__trial;

/* Runs the trial and adds what it finds to `result`. The status says whether it could be run. */
clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result);

/* In selftest_tensors.c: where the tensors lie and what is in them at first. Buffers and memory are
 * released by clstep__trial_close(), also after a failure. */
clstep_status clstep__trial_open(clstep__trial *trial);
void clstep__trial_close(clstep__trial *trial);

/* New gradients, in the host's copies. */
void clstep__trial_gradients(clstep__trial *trial);

/* In selftest_compare.c: compares `read`, the device's copy of parameter buffer `buffer`, and the
 * states of the tensors in it; then takes over what the device has. */
void clstep__trial_compare(clstep__trial *trial, size_t buffer);
/* Counts elements of `read` that are not those of a gradient buffer. */
void clstep__trial_compare_gradients(clstep__trial *trial, size_t buffer);

#endif
