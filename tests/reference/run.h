/* A rule's run over the inputs, by the scalar reference and on the device. */
#ifndef TESTS_REFERENCE_RUN_H
#define TESTS_REFERENCE_RUN_H

#include "data.h"

/* Every array after every step. */
typedef struct {
    size_t elements; /* ELEMENTS, or SMALL where the large tensor was left out */
    float values[ARRAYS_MAX][STEPS][ELEMENTS];
} trajectory;

void run_scalar(const clstep_rule *rule, const inputs *in, trajectory *out);

typedef struct {
    cl_context context;
    cl_command_queue queue;
    clstep_engine *engine;
    bool flushes;    /* the device does not promise subnormal numbers, and is held to no bits */
    size_t elements; /* ELEMENTS, or SMALL where the large tensor is left out */
    char device[TEXT_MAX];
} workplace;

/* false, with a problem, where there is no device or a call fails. */
bool workplace_open(workplace *on);
bool run_device(const workplace *on, const clstep_rule *rule, const inputs *in, trajectory *out);
void workplace_close(workplace *on);

#endif
