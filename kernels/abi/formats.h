/*
 * How parameters, gradients and state lie in memory.
 */
#ifndef CLSTEP_ABI_FORMATS_H
#define CLSTEP_ABI_FORMATS_H

/* In which format numbers lie in memory; the values are those of CLSTEP_DTYPE_FLOAT32 ... (rule.h).
 */
#define CLSTEP_TYPE_FLOAT32  0
#define CLSTEP_TYPE_BFLOAT16 1
#define CLSTEP_TYPE_FLOAT16  2
#define CLSTEP_TYPE_FLOAT64  3
#define CLSTEP_TYPE_UINT8    4 /* blocks of codes with a scale each */

#define CLSTEP_TYPE_SIZE(type)                                                                     \
    ((type) == CLSTEP_TYPE_FLOAT64   ? 8                                                           \
     : (type) == CLSTEP_TYPE_FLOAT32 ? 4                                                           \
     : (type) == CLSTEP_TYPE_UINT8   ? 1                                                           \
                                     : 2)

/* How parameters of 16 bits are stored; the values are those of CLSTEP_PARAM_NEAREST ... */
#define CLSTEP_STORAGE_NEAREST    0
#define CLSTEP_STORAGE_STOCHASTIC 1
#define CLSTEP_STORAGE_MASTER     2
#define CLSTEP_STORAGE_RESIDUAL   3

/* The arrays of state that a rule may keep. Whoever raises it extends FOR_STATES() of
 * update/update.cl; the host takes it from here. */
#define CLSTEP_STATES_MAX 3

/* Elements in a row that share a random word. */
#define CLSTEP_RANDOM_SHARE 32

#endif
