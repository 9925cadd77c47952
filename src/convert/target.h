/* The file that a conversion writes. */
#ifndef CLSTEP_CONVERT_TARGET_H
#define CLSTEP_CONVERT_TARGET_H

#include "convert/source.h"

typedef struct clstep__target {
    const char *call;
    clstep_writer *writer;
    const clstep__dialect *dialect;
    const clstep_rule *rules; /* of the groups */
    uint64_t steps;
} clstep__target;

/* The state arrays of the target for a tensor of that rule, by an index from 0; NULL after the
 * last.
 */
const char *clstep__target_state(const clstep__target *target, const clstep_rule *rule,
                                 size_t index);

/* Declares the whole file: for each tensor the parameter, arrays and count of steps; then the
 * numbers for all tensors. Reports what the target's single numbers cannot hold. */
clstep_status clstep__target_declare(const clstep__target *target, const clstep__source *source,
                                     clstep__report *report);

/* Writes the count of steps of a tensor, as array `index` of the file; and at the end the numbers
 * for all tensors, from array `index` on. */
clstep_status clstep__target_write_step(const clstep__target *target, size_t index);
clstep_status clstep__target_write_numbers(const clstep__target *target, size_t index);

#endif
