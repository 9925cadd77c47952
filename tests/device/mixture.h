/*
 * Like a trial, for tensors in any format: everything is compared byte by byte with what the scalar
 * reference and the twins of the storage formats make.
 */
#ifndef TESTS_DEVICE_MIXTURE_H
#define TESTS_DEVICE_MIXTURE_H

#include "fixture.h"

enum { MIXTURE_TENSORS_MAX = 24, MIXTURE_ARRAYS_MAX = 7 };

typedef struct {
    size_t count;
    uint64_t element; /* where its numbers by chance begin */
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
    int32_t state_dtype;
    int32_t param_storage;
    uint64_t seed;
    int is_huge; /* gradients whose square_avg is beyond the largest code, with a rho of 0.9 */
    size_t tensor_count;
    mixture_tensor tensors[MIXTURE_TENSORS_MAX];
    /* set by mixture_open() */
    size_t state_count;
    size_t param_size; /* of the buffers, in elements */
    size_t grad_size;
    cl_mem param;
    cl_mem grad;
    clstep_optimizer *optimizer;
    unsigned long long random;
    unsigned step;
} mixture;

/* All sizes round vectors, blocks and chunks, at odd offsets, in fp32; formats are then set. */
void mixture_standard(mixture *m, const char *rule_name, const clstep_rule *rule);
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

/* A number of any format but codes, as double; and to nearest into it. */
double number_from(int32_t dtype, const unsigned char *bytes);
void number_to(int32_t dtype, double number, unsigned char *bytes);

#endif
