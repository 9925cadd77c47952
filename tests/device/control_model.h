/* Two groups of tensors with and without control, for the tests of it. */
#ifndef TESTS_DEVICE_CONTROL_MODEL_H
#define TESTS_DEVICE_CONTROL_MODEL_H

#include "fixture.h"

enum { TENSORS = 5, GROUPS = 2, STEPS = 9, WORDS = 2 * 6000, FORMS = 15 };

/* Of `forms`. */
enum { ADAM = 0, ADAM_8BIT = 2, TORCH = 4, FORMS_QUICK = 3 };

/* Both groups have the same tensors, in the same parameters and gradients. */
typedef struct {
    cl_mem params, grads;
    clstep_optimizer *optimizer;
} model;

typedef struct {
    const char *preset;
    void (*change)(clstep_rule *rule);
    clstep_state_storage state; /* not CLSTEP_STATE_FULL: bf16 parameters, rounded stochastically */
} form;

extern const form forms[FORMS];

clstep_rule rule_of(const form *in);

void make(model *m, const form *in, const clstep_rule rules[GROUPS], clstep_control control);
void drop(model *m);

/* Writes the gradients of a step, each `scaled` by one of the functions below. */
void write_gradients(model *m, const form *in, size_t step, float (*scaled)(float, float),
                     float scale);
float as_it_is(float g, float scale);
float divided(float g, float scale);
float multiplied(float g, float scale);
float bad(float g, float scale); /* `scale` instead of those above 0 */

/* Compares the bits of all parameters; and of all state arrays. */
void expect_equal_params(const model *a, const model *b, const char *what, size_t step);
void expect_equal_state(const model *a, const model *b);

#endif
