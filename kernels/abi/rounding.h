/*
 * Rounding profiles (ROUNDING), and how the second moment is centred (CENTERED).
 */
#ifndef CLSTEP_ABI_ROUNDING_H
#define CLSTEP_ABI_ROUNDING_H

/*
 * A rounding profile says where one framework's RMSprop rounds and fuses. It is one number, made of
 * eight choices: how v takes in g^2 (SQUARES), how m takes in g (MEAN), in which order lr, g and
 * the denominator D are combined (INCREMENT), what else is fused (FUSES), in which type 1 - rho is
 * computed (REST), how decoupled decay is computed (SHRINK), whether eps inside the root is added
 * before the mean is subtracted, (v + eps) - m^2 (EPS_FIRST), and how gradients are clipped by a
 * norm (BY_NORM). `rest` stands for 1 - rho.
 */
#define CLSTEP_SQUARES_OWN        0 /* fma(rho, v, (rest g) g) */
#define CLSTEP_SQUARES_ADDCMUL    1 /* fma(rest g, g, rho v) */
#define CLSTEP_SQUARES_FUSED_LERP 2 /* fma(rest, g^2 - v, v) */
#define CLSTEP_SQUARES_LERP       3 /* v + (g^2 - v) rest */
#define CLSTEP_SQUARES_SUM        4 /* rho v + rest g^2 */
#define CLSTEP_SQUARES_PRODUCT    5 /* rho v + (rest g) g */
#define CLSTEP_SQUARES_FUSED_SUM  6 /* fma(rest, g^2, rho v) */

#define CLSTEP_MEAN_FUSED_LERP 0 /* fma(rest, g - m, m) */
#define CLSTEP_MEAN_TORCH_LERP 1 /* the same, but from the other end if rest >= 1/2 */
#define CLSTEP_MEAN_FUSED_SUM  2 /* fma(rest, g, rho m) */
#define CLSTEP_MEAN_LERP       3 /* m + (g - m) rest */
#define CLSTEP_MEAN_SUM        4 /* rho m + rest g */

#define CLSTEP_INCREMENT_FRACTION   0 /* (lr g) / D */
#define CLSTEP_INCREMENT_RATIO      1 /* lr (g / D) */
#define CLSTEP_INCREMENT_RECIPROCAL 2 /* lr (g (1 / D)) */
#define CLSTEP_INCREMENT_RATE       3 /* (lr / D) g */

#define CLSTEP_FUSES_NOTHING 0
#define CLSTEP_FUSES_TORCH   1 /* as in PyTorch's CPU kernels: g + wd p, v - m^2, p - lr b */
#define CLSTEP_FUSES_ALL     2

#define CLSTEP_REST_DOUBLE 0
#define CLSTEP_REST_FLOAT  1

#define CLSTEP_SHRINK_FACTOR  0 /* p (1 - lr wd) */
#define CLSTEP_SHRINK_PRODUCT 1 /* p - (p wd) lr */
#define CLSTEP_SHRINK_FLOAT   2 /* p (1 - lr wd), the factor computed in fp32 */

/* n: the norm; c: the bound. Keras and TensorFlow clip by a tensor's own norm as (g c) / max(n, c),
 * and by the global norm as g (c min(1/n, 1/c)), which is NaN if n is not finite. */
#define CLSTEP_BY_NORM_TORCH      0 /* g min(c (1 / (n + 1e-6)), 1), by either norm */
#define CLSTEP_BY_NORM_KERAS      1 /* 1/c is computed in double */
#define CLSTEP_BY_NORM_TENSORFLOW 2 /* 1/c is computed in fp32 */

#define CLSTEP_ROUND(squares, mean, increment, fuses, rest, shrink)                                \
    (CLSTEP_SQUARES_##squares | CLSTEP_MEAN_##mean << 4 | CLSTEP_INCREMENT_##increment << 8 |      \
     CLSTEP_FUSES_##fuses << 12 | CLSTEP_REST_##rest << 16 | CLSTEP_SHRINK_##shrink << 20)
#define CLSTEP_SQUARES_OF(profile)   ((profile)&15)
#define CLSTEP_MEAN_OF(profile)      ((profile) >> 4 & 15)
#define CLSTEP_INCREMENT_OF(profile) ((profile) >> 8 & 15)
#define CLSTEP_FUSES_OF(profile)     ((profile) >> 12 & 15)
#define CLSTEP_REST_OF(profile)      ((profile) >> 16 & 15)
#define CLSTEP_SHRINK_OF(profile)    ((profile) >> 20 & 15)
#define CLSTEP_EPS_FIRST             (1 << 24)
#define CLSTEP_EPS_FIRST_OF(profile) ((profile) >> 24 & 1)
#define CLSTEP_BY_NORM(how)          (CLSTEP_BY_NORM_##how << 25)
#define CLSTEP_BY_NORM_OF(profile)   ((profile) >> 25 & 3)

/* clstep's own profile has as few roundings as possible. PyTorch, timm and Stable-Baselines3 round
 * as PyTorch's CPU kernels, and bitsandbytes as its own; both fuse in fixed places. The others
 * round as their sources say. */
#define CLSTEP_ROUNDING_OWN   CLSTEP_ROUND(OWN, FUSED_LERP, RATIO, ALL, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_TORCH CLSTEP_ROUND(ADDCMUL, TORCH_LERP, FRACTION, TORCH, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_TIMM  CLSTEP_ROUND(FUSED_LERP, FUSED_LERP, FRACTION, TORCH, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_SB3   CLSTEP_ROUND(ADDCMUL, FUSED_SUM, FRACTION, TORCH, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_BNB   CLSTEP_ROUND(ADDCMUL, TORCH_LERP, RATIO, ALL, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_TF1                                                                        \
    (CLSTEP_ROUND(LERP, LERP, FRACTION, NOTHING, FLOAT, FACTOR) | CLSTEP_BY_NORM(TENSORFLOW))
#define CLSTEP_ROUNDING_MLX   CLSTEP_ROUND(SUM, SUM, FRACTION, NOTHING, DOUBLE, PRODUCT)
#define CLSTEP_ROUNDING_KERAS (CLSTEP_ROUNDING_MLX | CLSTEP_BY_NORM(KERAS))
#define CLSTEP_ROUNDING_KERAS_TORCH                                                                \
    (CLSTEP_ROUND(FUSED_SUM, FUSED_SUM, FRACTION, NOTHING, DOUBLE, FLOAT) | CLSTEP_EPS_FIRST |     \
     CLSTEP_BY_NORM(KERAS))
#define CLSTEP_ROUNDING_OPTAX   CLSTEP_ROUND(SUM, SUM, RECIPROCAL, NOTHING, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_MXNET   CLSTEP_ROUND(SUM, SUM, FRACTION, NOTHING, FLOAT, FACTOR)
#define CLSTEP_ROUNDING_CAFFE   CLSTEP_ROUND(SUM, SUM, RATIO, NOTHING, FLOAT, FACTOR)
#define CLSTEP_ROUNDING_NNABLA  CLSTEP_ROUND(SUM, SUM, RATE, NOTHING, FLOAT, FACTOR)
#define CLSTEP_ROUNDING_CHAINER CLSTEP_ROUND(PRODUCT, SUM, FRACTION, NOTHING, DOUBLE, FACTOR)
#define CLSTEP_ROUNDING_PADDLE  CLSTEP_ROUND(PRODUCT, SUM, FRACTION, NOTHING, FLOAT, FACTOR)

#define CLSTEP_CENTERED_NO         0
#define CLSTEP_CENTERED_RECURSION  1
#define CLSTEP_CENTERED_DIFFERENCE 2

#endif
