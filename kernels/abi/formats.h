/*
 * The formats of parameters, gradients and state in memory.
 */
#ifndef CLSTEP_ABI_FORMATS_H
#define CLSTEP_ABI_FORMATS_H

/* Dtypes, with the values of CLSTEP_DTYPE_FLOAT32 ... (rule.h). */
#define CLSTEP_TYPE_FLOAT32  0
#define CLSTEP_TYPE_BFLOAT16 1
#define CLSTEP_TYPE_FLOAT16  2
#define CLSTEP_TYPE_FLOAT64  3
#define CLSTEP_TYPE_UINT8    4 /* 8-bit block state */

#define CLSTEP_TYPE_SIZE(type)                                                                     \
    ((type) == CLSTEP_TYPE_FLOAT64   ? 8                                                           \
     : (type) == CLSTEP_TYPE_FLOAT32 ? 4                                                           \
     : (type) == CLSTEP_TYPE_UINT8   ? 1                                                           \
                                     : 2)

/* Parameter storage, with the values of CLSTEP_PARAM_NEAREST ... */
#define CLSTEP_STORAGE_NEAREST    0
#define CLSTEP_STORAGE_STOCHASTIC 1
#define CLSTEP_STORAGE_MASTER     2
#define CLSTEP_STORAGE_RESIDUAL   3

/* The most state arrays that a rule may have. If you raise it, extend FOR_STATES() of
 * update/update.cl. */
#define CLSTEP_STATES_MAX 3

/* Neighbouring elements that draw their random bits from one word. */
#define CLSTEP_RANDOM_ELEMENTS 32

#endif
