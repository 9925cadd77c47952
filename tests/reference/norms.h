/* The norms by which gradients are clipped. */
#ifndef TESTS_REFERENCE_NORMS_H
#define TESTS_REFERENCE_NORMS_H

#include "inputs.h"

#include <clstep/rule.h>

/* How many tensors the small model has; the large model has one, the last. */
enum { SMALL_TENSORS = TENSORS - 1 };

/* Whether a rule clips by a norm. */
bool clips_by_norm(const clstep_rule *rule);

/* Our norms. The global norm is that of the tensor's model. */
void find_norms(const clstep_rule *rule, const inputs *in, norms *into);

/* The inputs with gradients that are clipped by these norms. */
void clip_inputs(const clstep_rule *rule, const inputs *in, const norms *by, inputs *into);

#endif
