/* Learning rates and weight decays of a step: of the rules, or given in the step's options for each
 * group or for each tensor. */
#ifndef CLSTEP_OPTIMIZER_RATES_H
#define CLSTEP_OPTIMIZER_RATES_H

#include "optimizer/optimizer.h"

#include <stdbool.h>

typedef struct clstep__rates {
    double lr;
    double weight_decay;
} clstep__rates;

/* Refuses wrong counts and numbers. */
clstep_status clstep__rates_check(const char *call, const clstep_optimizer *optimizer,
                                  const clstep_step_options *options);

/* Whether the options have numbers for each tensor. */
bool clstep__rates_are_apart(const clstep_step_options *options);

/* The numbers of a tensor of the group; of the group itself if there is no such tensor. */
clstep__rates clstep__rates_of(const clstep_optimizer *optimizer,
                               const clstep_step_options *options, uint32_t group, size_t tensor);
bool clstep__rates_equal(const clstep__rates *a, const clstep__rates *b);

/* Whether all tensors of a slot have the same numbers, except those that optimizer->inputs leaves
 * out. Sets the slots' tensors. */
bool clstep__rates_fit_slots(clstep_optimizer *optimizer, const clstep_step_options *options);

#endif
