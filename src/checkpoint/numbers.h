/* Numbers in a checkpoint with which training cannot go on. */
#ifndef CLSTEP_CHECKPOINT_NUMBERS_H
#define CLSTEP_CHECKPOINT_NUMBERS_H

#include "checkpoint/window.h"

/* Looks for such a number in `count` elements of the array `state` of the piece's tensor, from
 * element `first` on. If there is one, refuses the file. */
clstep_status clstep__check_numbers(const char *call, const clstep__piece *piece, const char *state,
                                    int32_t dtype, const void *elements, uint64_t first,
                                    size_t count);

#endif
