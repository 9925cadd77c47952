/*
 * A trial of the self-test: tensors at chosen places of shared buffers, stepped on the device and
 * by the scalar reference, every element of everything compared after every step.
 */
#ifndef CLSTEP_SELFTEST_TRIAL_H
#define CLSTEP_SELFTEST_TRIAL_H

#include "abi/layout.clh"
#include "selftest/cases.h"
#include "selftest/promise.h"

enum {
    CLSTEP__TRIAL_TENSORS = 15,
    CLSTEP__TRIAL_BUFFERS = 11, /* more than one launch takes beside five groups */
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

/* What is kept for all tensors of a kind: state, scales, what is kept of the parameter. */
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
    clstep__trial_tensor tensors[CLSTEP__TRIAL_TENSORS];
    size_t buffer_count;
    clstep__trial_buffer params[CLSTEP__TRIAL_BUFFERS];
    clstep__trial_buffer grads[CLSTEP__TRIAL_BUFFERS];
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

/* Where optimizers of trials draw their chance from. */
extern const uint64_t clstep__trial_seed;

/* Runs the trial and adds what it finds to `result`. The status says whether it could be run. A
 * trial of shared memory that the library does not launch by addresses is none: no case is counted.
 */
clstep_status clstep__trial_run(const clstep__trial_setting *setting,
                                clstep_selftest_result *result);

/* Writes the host's copy to the device, and waits for that. */
clstep_status clstep__trial_write(const clstep__trial *trial, const clstep__trial_buffer *buffer);

/* In selftest_tensors.c: where the tensors lie. Buffers and memory are released by
 * clstep__trial_close(), also after a failure. */
clstep_status clstep__trial_open(clstep__trial *trial);
void clstep__trial_close(clstep__trial *trial);

/* In selftest_numbers.c: what is in the host's copies at first, guards included, and new gradients.
 */
void clstep__trial_fill(clstep__trial *trial);
void clstep__trial_gradients(clstep__trial *trial);

/* In selftest_compare.c: compares `read`, the device's copy of parameter buffer `buffer`, and the
 * arrays of the tensors in it; then takes over what the device has. */
void clstep__trial_compare(clstep__trial *trial, size_t buffer);
/* Counts elements of `read` that are not those of a gradient buffer. */
void clstep__trial_compare_gradients(clstep__trial *trial, size_t buffer);
/* In selftest_bytes.c: the part for a tensor that is not all fp32. */
void clstep__trial_compare_bytes(clstep__trial *trial, const clstep__trial_tensor *tensor);

/* The place of an element. */
static inline unsigned char *clstep__trial_at(void *elements, size_t width, size_t index)
{
    return (unsigned char *)elements + index * width;
}

#endif
