/* A model that needs three programs, for the tests of start-up. */
#ifndef TESTS_DEVICE_PREPARED_H
#define TESTS_DEVICE_PREPARED_H

#include "trial.h"

/* Two rules, and buffers of their own for 33 tensors of the first: kernels for one buffer and for
 * many of it, and for one of the second. Without buffers, also for some of each, and for addresses
 * where there is shared virtual memory. */
enum { PREPARED_GROUPS = 2, PREPARED_PROGRAMS = 3, PREPARED_WITHOUT_BUFFERS = 5 };

/* The groups of a trial that is open, or of one that still lacks its buffers. */
typedef struct {
    clstep_tensor tensors[TRIAL_TENSORS_MAX];
    clstep_group groups[PREPARED_GROUPS];
} prepared_groups;

void prepared_describe(trial *t);
void prepared_copy(const trial *t, int with_buffers, prepared_groups *into);

clstep_engine *prepared_engine(void);
clstep_engine_counts prepared_counts(clstep_engine *engine);

/* Calls clstep_engine_prepare() for the model. */
void prepared_prepare(int with_buffers, clstep_engine *engine);

/* Two steps of the model on an engine that must not compile for them. */
void prepared_step(clstep_engine *engine);

#endif
