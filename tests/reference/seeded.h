/* Seeded parameters and gradients, one number at a time, made with integers only: the same bits as
 * scripts/reference/inputs.py makes. */
#ifndef TESTS_REFERENCE_SEEDED_H
#define TESTS_REFERENCE_SEEDED_H

#include <stdint.h>

/* Where a number belongs: a model of its own, a tensor in it, a step, an element. */
typedef struct {
    uint64_t model, tensor, t, i;
} seeded_place;

float seeded_parameter(seeded_place at); /* of any step */
float seeded_gradient(seeded_place at);

#endif
