/*
 * The step constants: the numbers of a slot (src/optimizer/optimizer.h) in one step. src/rule
 * computes them.
 */
#ifndef CLSTEP_ABI_CONSTANTS_H
#define CLSTEP_ABI_CONSTANTS_H

/* Their places. They have the type in which the kernel computes. */
#define CLSTEP_LR             0 /* Adam: lr / (1 - beta1^t); AdaGrad: lr / (1 + (t-1) lr_decay) */
#define CLSTEP_RHO            1 /* Adam: beta2 */
#define CLSTEP_RHO_REST       2 /* 1 - rho */
#define CLSTEP_EPS            3
#define CLSTEP_MOMENTUM       4
#define CLSTEP_MOMENTUM_REST  5 /* SGD: 1 - dampening */
#define CLSTEP_WEIGHT_DECAY   6
#define CLSTEP_DECAY_FACTOR   7  /* 1 - lr * weight_decay */
#define CLSTEP_DECAY_LR       8  /* lr, or 1 for decay without lr */
#define CLSTEP_CORRECTION     9  /* RMSprop: 1 - rho^t; Adam: sqrt(1 - beta2^t) */
#define CLSTEP_FIRST          10 /* 1 in the first step */
#define CLSTEP_LERP_RATE      11 /* PyTorch's lerp with weight w: w, or w - 1 if w >= 0.5 */
#define CLSTEP_LERP_FROM_END  12 /* 1 if w >= 0.5 */
#define CLSTEP_DECAYS         13 /* 1 if weight_decay is above 0, even if it is 0 in fp32 */
#define CLSTEP_CLIP_BOUND     14 /* below 0: a norm clips by Keras's formulas (BY_NORM) */
#define CLSTEP_CLIP_FACTOR    15 /* with a norm: kernels/norm computes it */
#define CLSTEP_STEP_CONSTANTS 16

/* Keras's formula for the global norm: 1 / bound. Rules with such a profile have no dampening. */
#define CLSTEP_CLIP_INVERSE CLSTEP_MOMENTUM_REST

#endif
