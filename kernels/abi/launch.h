/*
 * The arguments of a launch besides the table: step constants and buffers.
 */
#ifndef CLSTEP_ABI_LAUNCH_H
#define CLSTEP_ABI_LAUNCH_H

#include "abi/constants.h"
#include "abi/types.h"

/* The step constants of a slot in one step, in the type in which the kernel computes. */
#define CLSTEP_CONSTANTS_OF(real)                                                                  \
    struct {                                                                                       \
        clstep_u64 key; /* of random bits; 0 if none are drawn */                                  \
        real of[CLSTEP_STEP_CONSTANTS];                                                            \
    }

/* What a launch gets by value: where its chunks begin in the buffer of the table, in chunks; where
 * the table of step constants begins in the same buffer, in units of 8 bytes; and the step
 * constants of the chunks that do not name an entry of that table. All in one argument, because
 * each argument takes time: in PoCL 6.0 up to half of the launch of an empty kernel. */
#define CLSTEP_LAUNCH_OF(constants_type)                                                           \
    struct {                                                                                       \
        clstep_u64 first_chunk;                                                                    \
        clstep_u64 table;                                                                          \
        constants_type constants;                                                                  \
    }

/* The binding mode: how a launch reaches parameters and gradients. One buffer of each, a few (8),
 * many (32), or pointers, for any number of buffers whose addresses the host knows. Arguments stay
 * within 1024 bytes, the least CL_DEVICE_MAX_PARAMETER_SIZE: 16 + 136 for constants in fp64, and
 * (2 + 7 + 64) * 8 = 584 for buffers. */
#define CLSTEP_BINDING_SINGLE   0
#define CLSTEP_BINDING_FEW      1
#define CLSTEP_BINDING_MANY     2
#define CLSTEP_BINDING_POINTERS 3
#define CLSTEP_BUFFERS_OF(binding)                                                                 \
    ((binding) == CLSTEP_BINDING_MANY       ? CLSTEP_BUFFERS_MAX                                   \
     : (binding) == CLSTEP_BINDING_FEW      ? 8                                                    \
     : (binding) == CLSTEP_BINDING_POINTERS ? 0                                                    \
                                            : 1)
#define CLSTEP_BUFFERS_MAX 32

#endif
