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

/* A rule: what is computed, its switches and hyper-parameters. A plain value without pointers.
 * Never fill one by hand: let clstep_rule_preset() fill it, then change single fields. Numbers
 * (double) may change from step to step; switches are fixed when an optimizer is created. All
 * numbers are narrowed to fp32 where the device computes in fp32. Ranges are PyTorch's: a number
 * is refused only if nothing can be computed with it. A field that the rule does not have is 0;
 * clstep_rule_has() tells which it has. */
typedef struct clstep_rule {
    size_t size;       /* sizeof(clstep_rule), by CLSTEP_RULE_INIT */
    int32_t algorithm; /* which rule: private, set by the preset; clstep_rule_name() tells it */
    int32_t rounding;  /* the rounding profile: private, set by the preset; leave it */

    double lr;                 /* learning rate, >= 0 */
    double rho;                /* decay of the running averages, >= 0 */
    double eps;                /* >= 0; with 0, 0 / 0 is NaN, as in PyTorch */
    double momentum;           /* >= 0; 0 keeps no buffer */
    double dampening;          /* 1 - dampening is the share of g in the buffer */
    double beta1;              /* decay of exp_avg, in [0, 1) */
    double beta2;              /* decay of exp_avg_sq, in [0, 1) */
    double weight_decay;       /* >= 0 */
    double lr_decay;           /* AdaGrad: lr / (1 + (step - 1) * lr_decay), >= 0 */
    double initial_square_avg; /* first value of square_avg, grad_var or sum, >= 0 */

    clstep_decay decay;
    clstep_variance variance; /* of centred RMSprop */
    int32_t centered;         /* 1 divides by the deviation from the mean gradient */
    int32_t eps_inside_sqrt;  /* 1 sqrt(v + eps), 0 sqrt(v) + eps */
    int32_t lr_in_momentum;   /* 1 b = momentum * b + lr * g / D, p = p - b */
    int32_t nesterov;         /* with momentum > 0 */
    int32_t bias_correction;  /* averages divided by 1 - rho^step */
    int32_t maximize;         /* 1 ascends: the gradient is negated first */

    double momentum_decay; /* NAdam: the momentum is beta1 (1 - 0.96^(step momentum_decay) / 2) */
    int32_t amsgrad;       /* Adam: 1 divides by the largest exp_avg_sq so far */
    int32_t reserved;      /* 0 */
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

/* Fills `rule` with a preset, such as "torch", "keras" or "adam"; clstep_preset() lists them all.
 * Needs rule->size; every other field is overwritten. A preset reproduces the update itself: what
 * else a framework does with a gradient (clipping, scaling, centralising it) is not part of it, and
 * switches that the framework does not have continue in its style.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_rule_preset(clstep_rule *rule, const char *name);

/* Checks every field; the message names the field that is wrong.
 * Statuses: no others. */
CLSTEP_API clstep_status clstep_rule_validate(const clstep_rule *rule);

/* The name of the index-th array that the rule keeps per element, in PyTorch's words (square_avg,
 * momentum_buffer, exp_avg ...; grad_var for the variance recursion); NULL past the last, and for a
 * rule that is not valid. */
CLSTEP_API const char *clstep_rule_state_name(const clstep_rule *rule, size_t index);

/* Whether a state array of that name may hold negative numbers; true where no rule has it. */
CLSTEP_API int clstep_state_is_signed(const char *name);

/* ---- what a rule is made of, for programs that take rules and fields by name ----------------- */

/* A rule that there is. Points into the library; may grow. */
typedef struct clstep_rule_info {
    const char *name;   /* "rmsprop" */
    const char *title;  /* "RMSprop" */
    const char *preset; /* what the name alone stands for: "hinton" */
} clstep_rule_info;

/* The rule of an index from 0; NULL past the last. */
CLSTEP_API const clstep_rule_info *clstep_rule_kind(size_t index);

/* The name of the rule that a preset has filled; NULL where none has. */
CLSTEP_API const char *clstep_rule_name(const clstep_rule *rule);

typedef enum clstep_field_kind {
    CLSTEP_FIELD_NUMBER = 0, /* a double */
    CLSTEP_FIELD_SWITCH = 1, /* an int32_t, 0 or 1 */
    CLSTEP_FIELD_CHOICE = 2  /* an enum as wide as int32_t: the index of one of `words` */
} clstep_field_kind;

/* A field of clstep_rule. Points into the library; may grow. */
typedef struct clstep_field_info {
    const char *name; /* the member's: "weight_decay" */
    clstep_field_kind kind;
    size_t offset;            /* in clstep_rule */
    const char *const *words; /* of a choice; ends in NULL */
} clstep_field_info;

/* The field of an index from 0; NULL past the last. */
CLSTEP_API const clstep_field_info *clstep_rule_field(size_t index);

/* Whether a rule that a preset has filled has the field of that name. */
CLSTEP_API int clstep_rule_has(const clstep_rule *rule, const char *field);

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

/* What a dtype is. Points into the library; may grow. */
typedef struct clstep_dtype_info {
    const char *name;        /* "fp32", "bf16" ... */
    const char *safetensors; /* its name in files: "F32", "BF16" ... */
    size_t size;             /* bytes of an element */
    int32_t is_param;        /* parameters may have it */
    int32_t is_grad;         /* gradients may have it */
} clstep_dtype_info;

/* NULL for what is none. */
CLSTEP_API const clstep_dtype_info *clstep_dtype_describe(clstep_dtype dtype);

/* The dtype of either name, as its number; -1 where there is none. */
CLSTEP_API int32_t clstep_dtype_find(const char *name);

/* The bytes of an element; 0 for what is no dtype. */
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
     * rounded to nearest; 4 bytes an element. It begins as the parameter is when create's commands
     * are executed: who changes the parameter later writes param_master too. */
    CLSTEP_PARAM_MASTER = 2,
    /* 16 bits more of the parameter in the state array param_residual, 2 bytes an element: with
     * CLSTEP_DTYPE_BFLOAT16 the two are the whole fp32 number, with CLSTEP_DTYPE_FLOAT16 a number
     * of 26 bits (21 below 2^-14 and less). Both are read, so that a parameter may be changed from
     * outside. */
    CLSTEP_PARAM_RESIDUAL = 3
} clstep_param_storage;

/* An array that is kept for a tensor beside its parameter. */
typedef struct clstep_array_form {
    size_t size;      /* sizeof(clstep_array_form), by CLSTEP_ARRAY_FORM_INIT */
    const char *name; /* points into the library */
    clstep_dtype dtype;
    uint32_t per; /* elements of the tensor for each of its own: 1, or 128 for scales */
} clstep_array_form;

#define CLSTEP_ARRAY_FORM_INIT CLSTEP_SIZED(clstep_array_form)

/* Tells in `form`, whose `size` the caller has set, the index-th array that is kept for a tensor
 * with parameters of `param_dtype` in a group with this rule, state_storage and param_storage (see
 * clstep_group): first those of clstep_rule_state_name(), then where they have 8 bits the scale of
 * each, "square_avg.scale" ..., then "param_master" or "param_residual". CLSTEP_INVALID_ARGUMENT
 * past the last. Statuses: no others. */
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
 * any other.
 * Statuses: no others. */
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
