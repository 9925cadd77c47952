/* The tensors of a trial: where they lie in shared buffers, on the host and on the device. */
#ifndef CLSTEP_SELFTEST_TENSORS_H
#define CLSTEP_SELFTEST_TENSORS_H

#include "abi/block8.h"
#include "selftest/cases.h"

#include <clstep/selftest.h>

enum {
    CLSTEP__TRIAL_TENSORS = 15,
    CLSTEP__TRIAL_BUFFERS = 11, /* more than a launch of few takes */
    CLSTEP__TRIAL_TENSORS_MAX = 45,
    CLSTEP__TRIAL_BUFFERS_MAX = 44, /* of the case by addresses: more than a launch of many takes */
    CLSTEP__TRIAL_GROUPS = 5
};

typedef struct clstep__trial_tensor {
    size_t count;
    size_t group;
    size_t place; /* in its group */
    size_t param_buffer;
    size_t grad_buffer;
    size_t param_offset;
    size_t grad_offset;
    size_t element; /* its first one's running number in the optimizer, and in the host's arrays */
} clstep__trial_tensor;

typedef struct clstep__trial_buffer {
    size_t size;  /* elements */
    size_t width; /* bytes of an element */
    void *host;   /* as the device's should be, guards included */
    void *shared; /* the shared virtual memory in which it lies, or NULL */
    cl_mem device;
} clstep__trial_buffer;

/* One array for all tensors: state, scales, master copies or residuals. */
typedef struct clstep__trial_array {
    clstep_array_form form;
    size_t width; /* bytes of an element */
    void *host;   /* as the device's should be */
    void *read;   /* from the device, after a step */
} clstep__trial_array;

/* What a trial is about; the same for all of a self-test but for the case. */
typedef struct clstep__trial_setting {
    clstep_engine *engine;
    cl_context context;
    cl_command_queue queue;
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
    size_t tensor_count;
    clstep__trial_tensor tensors[CLSTEP__TRIAL_TENSORS_MAX];
    size_t buffer_count;
    clstep__trial_buffer params[CLSTEP__TRIAL_BUFFERS_MAX];
    clstep__trial_buffer grads[CLSTEP__TRIAL_BUFFERS_MAX];
    bool by_bytes;      /* not all is fp32: held to equal bytes, whatever is promised otherwise */
    size_t state_count; /* arrays of the rule, which are the first */
    size_t array_count;
    clstep__trial_array arrays[CLSTEP__ARRAYS_MAX];
    size_t elements; /* of all tensors, each begun at a multiple of CLSTEP_BLOCK8_ELEMENTS */
    void *read;      /* a buffer from the device */
    bool is_busy;    /* nobody knows what of it still runs: shared memory is not freed */
    clstep_optimizer *optimizer;
    uint64_t seed;
    uint64_t step;
} clstep__trial;

/* Where optimizers of trials draw their random bits from. */
extern const uint64_t clstep__trial_seed;

/* Chooses the places and gets the host's memory, in which nothing is written yet. What was opened
 * is released by clstep__tensors_close(), also after a failure. */
clstep_status clstep__tensors_open_host(clstep__trial *trial);

/* Makes the buffers with what the host has, and the optimizer. */
clstep_status clstep__tensors_open_device(clstep__trial *trial);

void clstep__tensors_close(clstep__trial *trial);

/* Writes the host's copy of a buffer to the device, and waits for that. */
clstep_status clstep__tensors_write(const clstep__trial *trial, const clstep__trial_buffer *buffer);

/* The place of an element. */
static inline unsigned char *clstep__element_at(void *elements, size_t width, size_t index)
{
    return (unsigned char *)elements + index * width;
}

#endif
