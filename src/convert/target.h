/* The file that a translation writes. */
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

/* The index-th array that the target has for a tensor of that rule; NULL past the last. */
const char *clstep__target_state(const clstep__target *target, const clstep_rule *rule,
                                 size_t index);

/* Declares all of the file, tensor after tensor: parameter, arrays, count of steps; then the counts
 * and numbers for all. Says what the target's own numbers cannot hold. */
clstep_status clstep__target_declare(const clstep__target *target, const clstep__source *source,
                                     clstep__report *report);

/* Writes the count of steps of a tensor (its index in the file), and at last the numbers for all
 * from `index` on. */
clstep_status clstep__target_write_step(const clstep__target *target, size_t index);
clstep_status clstep__target_write_numbers(const clstep__target *target, size_t index);

#endif
