/* The tensors of a trial: where they lie in shared buffers, on the host and on the device. */
#ifndef CLSTEP_SELFTEST_TENSORS_H
#define CLSTEP_SELFTEST_TENSORS_H

#include "abi/block8.h"
#include "selftest/cases.h"

#include <clstep/selftest.h>

enum {
    CLSTEP__TRIAL_TENSORS = 15,
    CLSTEP__TRIAL_BUFFERS = 11, /* more than CLSTEP_BINDING_FEW has */
    CLSTEP__TRIAL_TENSORS_MAX = 45,
    CLSTEP__TRIAL_BUFFERS_MAX = 44, /* in shared memory: more than CLSTEP_BINDING_MANY has */
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
    size_t element; /* the number of its first element in the optimizer and in the host's arrays */
} clstep__trial_tensor;

typedef struct clstep__trial_buffer {
    size_t size;  /* elements */
    size_t width; /* bytes of an element */
    void *host;   /* what the device should have, with the guards */
    void *shared; /* its shared virtual memory, or NULL */
    cl_mem device;
} clstep__trial_buffer;

/* An array for all tensors: state, scales, master copies or residuals. */
typedef struct clstep__trial_array {
    clstep_array_form form;
    size_t width; /* bytes of an element */
    void *host;   /* what the device should have */
    void *read;   /* what the device has after a step */
} clstep__trial_array;

/* The setting of a trial. In a self-test only the case changes. */
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
    bool by_bytes;      /* other formats than fp32: the bytes must be equal */
    size_t state_count; /* of the rule's arrays, which come first */
    size_t array_count;
    clstep__trial_array arrays[CLSTEP__ARRAYS_MAX];
    size_t elements; /* of all tensors, each from a multiple of CLSTEP_BLOCK8_ELEMENTS on */
    void *read;      /* a buffer, read from the device */
    bool is_busy;    /* waiting has failed: do not free shared memory */
    clstep_optimizer *optimizer;
    uint64_t seed;
    uint64_t step;
} clstep__trial;

/* The seed of the trials' optimizers. */
extern const uint64_t clstep__trial_seed;

/* Lays out the tensors and allocates the host's memory, without filling it. Call
 * clstep__tensors_close() after a failure too. */
clstep_status clstep__tensors_open_host(clstep__trial *trial);

/* Creates the device's buffers with the host's contents, and the optimizer. */
clstep_status clstep__tensors_open_device(clstep__trial *trial);

void clstep__tensors_close(clstep__trial *trial);

/* Writes the host's copy of a buffer to the device, and waits. */
clstep_status clstep__tensors_write(const clstep__trial *trial, const clstep__trial_buffer *buffer);

/* The place of an element. */
static inline unsigned char *clstep__element_at(void *elements, size_t width, size_t index)
{
    return (unsigned char *)elements + index * width;
}

#endif
