/* A trial for tensors in any format: every byte is compared with what the scalar reference and the
 * formats on the host give. */
#ifndef TESTS_DEVICE_MIXTURE_H
#define TESTS_DEVICE_MIXTURE_H

#include "shared.h"

enum {
    MIXTURE_TENSORS_MAX = 80,
    MIXTURE_ARRAYS_MAX = 7,
    MIXTURE_BUFFERS_MAX = 40,
    MIXTURE_GROUPS_MAX = 40
};

/* What gradients there are. */
typedef enum {
    MIXTURE_USUAL,  /* seven decades, zeros, and whole blocks of one kind */
    MIXTURE_HUGE,   /* and some whose square_avg is beyond the largest code, with a rho of 0.9 */
    MIXTURE_BLOCKS, /* blocks of codes that reach over all of it, and others, in turn */
    MIXTURE_NAN     /* and some with infinity and NaN */
} mixture_gradients_kind;

typedef struct {
    size_t count;
    uint64_t element; /* where its random bits begin */
    size_t group;
    size_t param_buffer; /* index of mixture.params */
    size_t grad_buffer;
    size_t param_offset;
    size_t grad_offset;
    unsigned char *param; /* the reference's */
    unsigned char *grad;
    unsigned char *arrays[MIXTURE_ARRAYS_MAX]; /* of clstep_optimizer_state_array() */
} mixture_tensor;

typedef struct {
    char name[128];
    clstep_engine *engine;
    clstep_rule rule;
    int32_t param_dtype;
    int32_t grad_dtype;
    int32_t state_storage;
    int32_t param_storage;
    uint64_t seed;
    mixture_gradients_kind gradients;
    size_t group_count;  /* with numbers of their own, of as many tensors each */
    size_t buffer_count; /* of parameters, and as many of gradients */
    int is_dense;        /* of each tensor right behind the one before, in one buffer */
    int is_shared;       /* they lie in shared virtual memory, the gradients in one piece */
    size_t tensor_count;
    mixture_tensor tensors[MIXTURE_TENSORS_MAX];
    /* set by mixture_open() */
    size_t state_count;
    size_t param_size; /* of every buffer, in elements */
    size_t grad_size;
    cl_mem params[MIXTURE_BUFFERS_MAX];
    cl_mem grads[MIXTURE_BUFFERS_MAX];
    shared_buffers shared_params, shared_grads;
    clstep_optimizer *optimizer;
    unsigned long long random;
    unsigned step;
} mixture;

/* All sizes round vectors, blocks and chunks, at odd offsets of one buffer, in one group and fp32;
 * formats, buffers and groups are then set. */
void mixture_standard(mixture *m, const char *rule_name, const clstep_rule *rule);
/* Whether the device and the library have its formats. */
int mixture_exists(const mixture *m);
/* The rule of a group, which differs from `rule` in numbers only. */
clstep_rule mixture_rule(const mixture *m, size_t group);
void mixture_open(mixture *m);
/* The optimizer of it, which mixture_open() has made, once more. */
void mixture_create(mixture *m);
/* New gradients, one step on both sides, and the comparison. */
void mixture_step(mixture *m);
/* The halves of it. */
void mixture_gradients(mixture *m);
void mixture_expect(mixture *m);
void mixture_compare(mixture *m);
void mixture_close(mixture *m);

#endif
