/*
 * Rules, presets and learning-rate schedules: plain values and pure functions. Part of clstep.h;
 * needs no OpenCL.
 */
#ifndef CLSTEP_RULE_H
#define CLSTEP_RULE_H

#include <clstep/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rules --------------------------------------------------------------------------------- */

/* The algorithm of a rule. */
typedef enum clstep_algorithm {
    CLSTEP_ALGORITHM_RMSPROP = 0,
    CLSTEP_ALGORITHM_SGD = 1,
    CLSTEP_ALGORITHM_ADAGRAD = 2,
    CLSTEP_ALGORITHM_ADAM = 3 /* AdamW is Adam with decoupled decay */
} clstep_algorithm;

/* How weight_decay acts. */
typedef enum clstep_decay {
    CLSTEP_DECAY_L2 = 0,        /* g = g + weight_decay * p, in front of the statistics */
    CLSTEP_DECAY_DECOUPLED = 1, /* p = p - lr * weight_decay * p, in front of the update */
    CLSTEP_DECAY_DECOUPLED_WITHOUT_LR = 2 /* p = p - weight_decay * p, in front of the update */
} clstep_decay;

/* How centred RMSprop keeps the variance of the gradient. */
typedef enum clstep_variance {
    /* square_avg - grad_avg^2, as the frameworks do; its rounding error can make it negative, which
     * gives NaN, in the frameworks and here. */
    CLSTEP_VARIANCE_DIFFERENCE = 0,
    /* grad_var = rho * (grad_var + (1 - rho) * (g - grad_avg)^2): equals v - m^2 in real numbers,
     * cannot go negative, and is thousands of times more accurate in fp32. Starts at
     * initial_square_avg. With bias correction the weights of the gradients so far are divided by
     * their sum (the first gradient then is its own mean, with a variance of 0, and
     * initial_square_avg does not count). */
    CLSTEP_VARIANCE_RECURSION = 1
} clstep_variance;

/* A rule: algorithm, switches, hyper-parameters. A plain value without pointers. Never fill one by
 * hand: let clstep_rule_preset() fill it, then change single fields. Numbers (double) may change
 * from step to step; switches are fixed when an optimizer is created. All numbers are narrowed to
 * fp32 where the device computes in fp32. */
typedef struct clstep_rule {
    size_t size; /* sizeof(clstep_rule), by CLSTEP_RULE_INIT */
    clstep_algorithm algorithm;
    int32_t rounding; /* the rounding profile: private, set by the preset; leave it */

    double lr;                 /* learning rate, >= 0 */
    double rho;                /* RMSprop: decay of the running averages, in [0, 1) */
    double eps;                /* all but SGD: a normal fp32 number > 0 */
    double momentum;           /* RMSprop, SGD: in [0, 1); 0 keeps no buffer */
    double dampening;          /* SGD: in [0, 1] */
    double beta1;              /* Adam: decay of exp_avg, in [0, 1) */
    double beta2;              /* Adam: decay of exp_avg_sq, in [0, 1) */
    double weight_decay;       /* >= 0 */
    double lr_decay;           /* AdaGrad: lr / (1 + (step - 1) * lr_decay), >= 0 */
    double initial_square_avg; /* RMSprop, AdaGrad: first value of square_avg or sum, >= 0 */

    clstep_decay decay;
    clstep_variance variance; /* of centred RMSprop */
    int32_t centered;         /* RMSprop: 1 divides by the deviation from the mean gradient */
    int32_t eps_inside_sqrt;  /* RMSprop, AdaGrad: 1 sqrt(v + eps), 0 sqrt(v) + eps */
    int32_t lr_in_momentum;   /* RMSprop: 1 b = momentum * b + lr * g / D, p = p - b */
    int32_t nesterov;         /* RMSprop, SGD with momentum > 0 */
    int32_t bias_correction;  /* RMSprop, Adam: averages divided by 1 - rho^step */
    int32_t maximize;         /* 1 ascends: the gradient is negated first */
} clstep_rule;

#define CLSTEP_RULE_INIT CLSTEP_SIZED(clstep_rule)

/* One line of clstep_preset(). Every member points into the library. */
typedef struct clstep_preset_info {
    const char *name;
    const char *origin;  /* whose rule it is */
    const char *formula; /* in the names of this header */
    const char *checked; /* what its bits have been held against, or that they have not been */
} clstep_preset_info;

/* The preset of an index from 0; NULL past the last. */
CLSTEP_API const clstep_preset_info *clstep_preset(size_t index);

/* Fills `rule` with a preset: hinton, torch, keras, keras-torch, tf1, tf, optax, timm, sb3, paddle,
 * mlx, bitsandbytes32, mxnet, mxnet-alex, chainer, graves, dqn, caffe, nnabla, optimisers.jl
 * (RMSprop); sgd, adagrad, adam, adamw (as PyTorch computes them). Needs rule->size; every other
 * field is overwritten. A preset reproduces the update itself: what else a framework does with a
 * gradient (clipping, scaling, centralising it) is not part of it, and switches that the framework
 * does not have continue in its style. */
CLSTEP_API clstep_status clstep_rule_preset(clstep_rule *rule, const char *name);

/* Checks every field, in the type in which the device computes; the message names the field. */
CLSTEP_API clstep_status clstep_rule_validate(const clstep_rule *rule);

/* The name of the index-th array that the rule keeps per element, in PyTorch's words (square_avg,
 * grad_avg, momentum_buffer, sum, exp_avg, exp_avg_sq; grad_var for the variance recursion); NULL
 * past the last, and for a rule that is not valid. */
CLSTEP_API const char *clstep_rule_state_name(const clstep_rule *rule, size_t index);

/* ---- formats of numbers -------------------------------------------------------------------- */

/* In which format the elements of an array lie in memory. */
typedef enum clstep_dtype {
    CLSTEP_DTYPE_FLOAT32 = 0,
    CLSTEP_DTYPE_BFLOAT16 = 1, /* the upper half of an fp32 number */
    CLSTEP_DTYPE_FLOAT16 = 2,  /* IEEE 754 binary16 */
    CLSTEP_DTYPE_FLOAT64 = 3,
    CLSTEP_DTYPE_UINT8 = 4,  /* codes of 8-bit state */
    CLSTEP_DTYPE_UINT16 = 5, /* param_residual */
    CLSTEP_DTYPE_UINT32 = 6  /* scales of 8-bit state */
} clstep_dtype;

/* How the state is stored. */
typedef enum clstep_state_storage {
    CLSTEP_STATE_FULL = 0,     /* in the type that is computed in: fp32, or fp64 */
    CLSTEP_STATE_BFLOAT16 = 1, /* 2 bytes a number, rounded stochastically */
    CLSTEP_STATE_8BIT = 4      /* 1 byte a number and 4 for each 128 elements, likewise */
} clstep_state_storage;

/* The bytes of an element; 0 for anything else. */
CLSTEP_API size_t clstep_dtype_size(clstep_dtype dtype);

/* How parameters of 16 bits (CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT16), which are computed in
 * fp32, are stored. docs/low-precision.md tells each to the bit. */
typedef enum clstep_param_storage {
    /* Rounded to nearest, ties to even, as the frameworks do. A change below half a unit of the
     * last place is lost. */
    CLSTEP_PARAM_NEAREST = 0,
    /* Stochastic rounding: up or down at random, so that the mean is the exact number; needs no
     * memory. */
    CLSTEP_PARAM_STOCHASTIC = 1,
    /* An fp32 copy, the state array param_master, is what is updated, and the parameter is that
     * rounded to nearest; 4 bytes an element. */
    CLSTEP_PARAM_MASTER = 2,
    /* 16 bits more of the parameter in the state array param_residual, 2 bytes an element: with
     * CLSTEP_DTYPE_BFLOAT16 the two are the whole fp32 number, with CLSTEP_DTYPE_FLOAT16 a number
     * of 26 bits (21 below 2^-14 and less). Both are read, so that a parameter may be changed from
     * outside. */
    CLSTEP_PARAM_RESIDUAL = 3
} clstep_param_storage;

/* An array that is kept for a tensor beside its parameter. */
typedef struct clstep_array_form {
    const char *name; /* points into the library */
    clstep_dtype dtype;
    uint32_t per; /* elements of the tensor for each of its own: 1, or 128 for scales */
} clstep_array_form;

/* Tells the index-th array that is kept for a tensor with parameters of `param_dtype` in a group
 * with this rule, state_storage and param_storage (see clstep_group): first those of
 * clstep_rule_state_name(), then where they have 8 bits the scale of each, "square_avg.scale" ...,
 * then "param_master" or "param_residual". CLSTEP_INVALID_ARGUMENT past the last. */
CLSTEP_API clstep_status clstep_rule_array(const clstep_rule *rule, clstep_dtype param_dtype,
                                           clstep_state_storage state_storage,
                                           clstep_param_storage param_storage, size_t index,
                                           clstep_array_form *form);

/* ---- learning-rate schedules --------------------------------------------------------------- */

typedef enum clstep_schedule_kind {
    CLSTEP_SCHEDULE_CONSTANT = 0,    /* lr */
    CLSTEP_SCHEDULE_STEP = 1,        /* lr * gamma^floor(s / period) */
    CLSTEP_SCHEDULE_EXPONENTIAL = 2, /* lr * gamma^(s / period) */
    CLSTEP_SCHEDULE_COSINE = 3,      /* final_lr + (lr - final_lr) * (1 + cos(pi * s / n)) / 2 */
    CLSTEP_SCHEDULE_ONE_CYCLE = 4    /* cosine from lr / 25 up to lr over the first 0.3 of the
                                        steps, then down to lr / 250000 (L. Smith, N. Topin,
                                        arXiv:1708.07120; the numbers are PyTorch's defaults) */
} clstep_schedule_kind;

/* A schedule: the learning rate as a pure function of the step. With warmup_steps = w > 0 the first
 * w steps have lr * (step + 1) / w, and the schedule proper follows: s = step - w, n = total_steps
 * - w - 1, so that the last step of total_steps has the final value. One-cycle has a warm-up of its
 * own and takes none. */
typedef struct clstep_schedule {
    size_t size; /* sizeof(clstep_schedule), by CLSTEP_SCHEDULE_INIT */
    clstep_schedule_kind kind;
    int32_t reserved;      /* 0 */
    double lr;             /* the base, or the peak, >= 0 */
    double final_lr;       /* cosine: the end, >= 0 */
    double gamma;          /* step, exponential: factor per period, > 0 */
    uint64_t period;       /* step, exponential: steps, > 0 */
    uint64_t total_steps;  /* cosine, one-cycle: > warmup_steps */
    uint64_t warmup_steps; /* 0: none */
} clstep_schedule;

#define CLSTEP_SCHEDULE_INIT CLSTEP_SIZED(clstep_schedule)

/* The kind of a name (constant, step, exponential, cosine, one-cycle). CLSTEP_INVALID_ARGUMENT for
 * any other. */
CLSTEP_API clstep_status clstep_schedule_kind_from_name(const char *name,
                                                        clstep_schedule_kind *kind);
CLSTEP_API clstep_status clstep_schedule_validate(const clstep_schedule *schedule);
/* The learning rate of a step counted from 0; after total_steps that of the last. NaN for a
 * schedule that is not valid, which clstep_optimizer_step() then refuses. */
CLSTEP_API double clstep_schedule_lr(const clstep_schedule *schedule, uint64_t step);

#ifdef __cplusplus
}
#endif

#endif
