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
    clstep_engine *engine; /* the one that is held to the reference's bits */
    clstep_engine *own;    /* of a device that flushes: with its own arithmetic; or NULL */
    bool emulates;         /* `engine` does fp32 by integers */
    size_t elements;       /* ELEMENTS, or SMALL where the large tensor is left out */
    char device[TEXT_MAX];
} workplace;

/* Emulates fp32 where asked to, or where the device does not promise subnormal numbers. false, with
 * a problem, where there is no device or a call fails. */
bool workplace_open(workplace *on, bool emulate);
bool run_device(const workplace *on, clstep_engine *engine, const clstep_rule *rule,
                const inputs *in, trajectory *out);
void workplace_close(workplace *on);

#endif
