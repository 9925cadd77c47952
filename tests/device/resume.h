/* A small model that is trained, saved, and continued in another process. */
#ifndef TESTS_DEVICE_RESUME_H
#define TESTS_DEVICE_RESUME_H

#include "fixture.h"

#include <clstep/store.h>

enum { RESUME_GROUPS = 2, RESUME_TENSORS = 5 };

typedef struct {
    clstep_rule rules[RESUME_GROUPS];
    clstep_tensor tensors[RESUME_GROUPS][RESUME_TENSORS];
    cl_mem params;
    cl_mem grads;
    clstep_optimizer *optimizer;
} model;

/* One for every tensor, group after group. */
extern const clstep_tensor_name model_names[RESUME_GROUPS * RESUME_TENSORS];

/* Parameters and gradients with fixed first values, and the optimizer. */
void model_open(model *m, const clstep_rule *rule);
/* The same for the rules of a checkpoint, which is loaded. */
void model_resume(model *m, const char *path);
/* Steps number `first` to `last` - 1, with gradients that depend on the number only. */
void model_train(model *m, unsigned first, unsigned last);
void model_save(const model *m, const char *path);
void model_close(model *m);

enum { RESUME_HALF = 3, RESUME_WHOLE = 6 };

/* In a process of its own: continues `count` models, FOLDER/half.N to FOLDER/resumed.N. */
int resume_main(const char *folder, const char *count);

#endif
