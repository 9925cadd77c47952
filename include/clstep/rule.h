/*
 * Rules, presets, number formats and learning-rate schedules: plain values and pure functions. Part
 * of clstep.h; needs no OpenCL.
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
    CLSTEP_DECAY_L2 = 0,        /* g = g + weight_decay * p, before anything else uses g */
    CLSTEP_DECAY_DECOUPLED = 1, /* p = p - lr * weight_decay * p, before the update */
    CLSTEP_DECAY_DECOUPLED_WITHOUT_LR = 2 /* p = p - weight_decay * p, before the update */
} clstep_decay;

/* How gradients are clipped, before anything else uses them. c is clip_bound. Norms are computed in
 * fp32 with compensation, in a fixed order: they have the same bits on every device that keeps
 * subnormal numbers. They need no round trip to the host: kernels before the update read the
 * gradients once more. A norm beyond 1.8e19 is infinite, since fp32 does not hold its square. Then
 * finite gradients become 0, and infinite ones NaN (by Keras's global norm all become NaN). If a
 * gradient is NaN, so is the norm, and all gradients that are clipped by it become NaN. fp64
 * parameters can be clipped by value only. Rules of the presets keras, keras-torch, tf1 and tf clip
 * by a norm as Keras and TensorFlow do; all others as PyTorch does. */
typedef enum clstep_clip {
    CLSTEP_CLIP_NONE = 0,
    /* g = min(max(g, -c), c), element by element; NaN stays NaN (PyTorch's clip_grad_value_(),
     * Keras's clipvalue). */
    CLSTEP_CLIP_VALUE = 1,
    /* g = g * min(c * (1 / (n + 1e-6)), 1), where n is the norm of the tensor's gradient, the root
     * of the sum of its squares. With the presets that clip as Keras: g = (g * c) / max(n, c). */
    CLSTEP_CLIP_NORM = 2,
    /* The same, where n is the norm of all gradients of the step in the optimizer's groups with
     * this choice (PyTorch's clip_grad_norm_(); R. Pascanu et al., arXiv:1211.5063). With the
     * presets that clip as Keras: g = g * (c * min(1 / n, 1 / c)), and NaN if n is infinite. Where
     * n <= c, the factor is 1 but for the rounding of 1 / c. */
    CLSTEP_CLIP_GLOBAL_NORM = 3
} clstep_clip;

/* How centred RMSprop computes the variance of the gradient. */
typedef enum clstep_variance {
    /* square_avg - grad_avg^2, as the frameworks do. Rounding errors can make this difference
     * negative; the parameter then becomes NaN, as in the frameworks. */
    CLSTEP_VARIANCE_DIFFERENCE = 0,
    /* A state array of its own: grad_var = rho * (grad_var + (1 - rho) * (g - grad_avg)^2). This is
     * the same variance in exact arithmetic. It cannot become negative, and in fp32 it is thousands
     * of times more accurate. Without bias correction it starts at initial_square_avg. With bias
     * correction, mean and variance are those of the gradients so far, with weights that add up to
     * 1. So the variance of the first gradient is 0, and initial_square_avg has no effect. */
    CLSTEP_VARIANCE_RECURSION = 1
} clstep_variance;

/* A rule: algorithm, switches and hyper-parameters. It is a plain value without pointers. Let
 * clstep_rule_preset() fill it, then change single fields; do not fill one by hand. The numbers
 * (double) may change from step to step. The switches (the other fields) are fixed when an
 * optimizer is created. On tensors that are computed in fp32, each number is rounded to fp32. The
 * ranges below are wide: the library does not refuse a number only because it is unwise. A field
 * that the rule does not have must be 0; clstep_rule_has() says which fields it has. In formulas
 * `step` counts from 1. */
typedef struct clstep_rule {
    size_t size;       /* CLSTEP_RULE_INIT sets it */
    int32_t algorithm; /* private; the preset sets it, and clstep_rule_name() gives its name */
    int32_t rounding;  /* private; the preset sets it: where its framework rounds and uses fma */

    double lr;                 /* learning rate, >= 0 */
    double rho;                /* decay rate of square_avg, grad_avg, grad_var and acc_delta,
                                  >= 0; < 1 with bias_correction */
    double eps;                /* added to the denominator, >= 0; with 0, 0 / 0 gives NaN */
    double momentum;           /* >= 0; with 0 there is no momentum_buffer */
    double dampening;          /* SGD: the buffer takes (1 - dampening) * g, at step 1 g itself; any
                                  finite number; 0 with nesterov */
    double beta1;              /* decay rate of exp_avg, in [0, 1); Lion: weight of exp_avg in
                                  the direction of the step */
    double beta2;              /* decay rate of exp_avg_sq or exp_inf, in [0, 1); Lion: decay
                                  rate of exp_avg */
    double weight_decay;       /* >= 0 */
    double lr_decay;           /* AdaGrad: lr / (1 + (step - 1) * lr_decay), >= 0 */
    double initial_square_avg; /* first value of square_avg, grad_var or sum, >= 0 */

    clstep_decay decay;
    clstep_variance variance; /* how a centred rule computes the variance */
    int32_t centered;         /* 1: divide by the standard deviation of the gradient */
    int32_t eps_inside_sqrt;  /* 1: sqrt(v + eps); 0: sqrt(v) + eps */
    int32_t lr_in_momentum;   /* 1: b = momentum * b + lr * g / D, p = p - b */
    int32_t nesterov;         /* 1: Nesterov's momentum; needs momentum > 0, and dampening 0 */
    int32_t bias_correction;  /* 1: divide averages by 1 - rho^step; Adam: 1 - beta1^step and
                                 1 - beta2^step */
    int32_t maximize;         /* 1: ascend, by negating the gradient first */

    double momentum_decay; /* NAdam: momentum is beta1 * (1 - 0.96^(step * momentum_decay) / 2);
                              >= 0 */
    int32_t amsgrad;       /* 1: Adam divides by the root of the largest exp_avg_sq so far */
    clstep_clip clip;      /* how gradients are clipped */
    double clip_bound;     /* > 0 if gradients are clipped, else 0 */
} clstep_rule;

#define CLSTEP_RULE_INIT CLSTEP_SIZED(clstep_rule)

/* A preset. Every member points into the library. Later versions may add members at the end: do not
 * copy the struct. */
typedef struct clstep_preset_info {
    const char *name;
    const char *origin;  /* the framework or paper */
    const char *formula; /* p: parameter; g: gradient; t: the step, from 1 on; v, m, b, u, s: the
                            state arrays. The one that the formula names first is number 0 of
                            clstep_rule_state_name(), the second is number 1, and so on; b exists
                            only with momentum. lerp(a, b, w): a + w (b - a). Other names are
                            fields of clstep_rule, or defined in the formula */
    const char *checked; /* what its bits were compared with */
} clstep_preset_info;

/* The preset number `index`, counted from 0; NULL past the last. */
CLSTEP_API const clstep_preset_info *clstep_preset(size_t index);

/* Fills `rule` with the preset `name`, such as "torch", "keras" or "adam"; clstep_preset() lists
 * them all. Initialise `rule` with CLSTEP_RULE_INIT; the call overwrites every field but its size.
 * Look at the status: for an unknown name it is CLSTEP_INVALID_ARGUMENT, and the rule stays as it
 * is. A preset reproduces the framework's update. It does not clip, scale or centralise the
 * gradient. If you set a switch that the framework does not have, the rule still rounds as that
 * framework does.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_rule_preset(clstep_rule *rule, const char *name);

/* Checks every field. The message names the field that is wrong.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_rule_validate(const clstep_rule *rule);

/* The name of the rule's state array number `index`, counted from 0; NULL past the last, and for an
 * invalid rule. The names are PyTorch's: square_avg, momentum_buffer, exp_avg ... With the variance
 * recursion, grad_var stands in the place of square_avg. */
CLSTEP_API const char *clstep_rule_state_name(const clstep_rule *rule, size_t index);

/* 1 if a state array of that name may hold negative numbers, and for unknown names; else 0. */
CLSTEP_API int clstep_state_is_signed(const char *name);

/* ---- rules and fields by name, for programs that read them from text ------------------------- */

/* A rule of the library. Every member points into the library. Later versions may add members at
 * the end: do not copy the struct. */
typedef struct clstep_rule_info {
    const char *name;   /* "rmsprop" */
    const char *title;  /* "RMSprop", for sentences */
    const char *preset; /* the preset to use if only the rule's name is given: "hinton" */
} clstep_rule_info;

/* The rule number `index`, counted from 0; NULL past the last. */
CLSTEP_API const clstep_rule_info *clstep_rule_kind(size_t index);

/* The name of a rule that a preset has filled; NULL if no preset has filled it. */
CLSTEP_API const char *clstep_rule_name(const clstep_rule *rule);

typedef enum clstep_field_kind {
    CLSTEP_FIELD_NUMBER = 0, /* a double */
    CLSTEP_FIELD_SWITCH = 1, /* an int32_t, 0 or 1 */
    CLSTEP_FIELD_CHOICE = 2  /* an enum, as wide as int32_t; its value is an index into `words` */
} clstep_field_kind;

/* A field of clstep_rule. Later versions may add members at the end: do not copy the struct. */
typedef struct clstep_field_info {
    const char *name; /* of the member: "weight_decay" */
    clstep_field_kind kind;
    size_t offset;            /* of the member in clstep_rule, in bytes */
    const char *const *words; /* the names of a choice's values, NULL at the end */
} clstep_field_info;

/* The field number `index`, counted from 0; NULL past the last. */
CLSTEP_API const clstep_field_info *clstep_rule_field(size_t index);

/* 1 if a rule that a preset has filled has the field of that name; else 0. */
CLSTEP_API int clstep_rule_has(const clstep_rule *rule, const char *field);

/* ---- formats of numbers -------------------------------------------------------------------- */

/* The format of an array's elements in memory. */
typedef enum clstep_dtype {
    CLSTEP_DTYPE_FLOAT32 = 0,
    CLSTEP_DTYPE_BFLOAT16 = 1, /* the upper half of an fp32 number */
    CLSTEP_DTYPE_FLOAT16 = 2,  /* IEEE 754 binary16 */
    CLSTEP_DTYPE_FLOAT64 = 3,
    CLSTEP_DTYPE_UINT8 = 4,  /* the codes of 8-bit block state (docs/low-precision.md) */
    CLSTEP_DTYPE_UINT16 = 5, /* param_residual */
    CLSTEP_DTYPE_UINT32 = 6  /* the scales of 8-bit block state */
} clstep_dtype;

/* How the state is stored. */
typedef enum clstep_state_storage {
    CLSTEP_STATE_FULL = 0,     /* as computed: fp64 for fp64 parameters, else fp32 */
    CLSTEP_STATE_BFLOAT16 = 1, /* 2 bytes an element, with stochastic rounding */
    CLSTEP_STATE_8BIT = 4      /* 8-bit block state: 1 byte an element, and 4 bytes for the scale of
                                  each 128 elements, with stochastic rounding */
} clstep_state_storage;

/* A dtype. Later versions may add members at the end: do not copy the struct. */
typedef struct clstep_dtype_info {
    const char *name;        /* "fp32", "bf16" ... */
    const char *safetensors; /* its name in safetensors files: "F32", "BF16" ... */
    size_t size;             /* bytes of an element */
    int32_t is_param;        /* 1: parameters may have it */
    int32_t is_grad;         /* 1: gradients may have it */
} clstep_dtype_info;

/* Describes a dtype; NULL for a number that is no dtype. */
CLSTEP_API const clstep_dtype_info *clstep_dtype_describe(clstep_dtype dtype);

/* The clstep_dtype of a name, "fp32" or "F32"; -1 if there is none. */
CLSTEP_API int32_t clstep_dtype_find(const char *name);

/* The bytes of an element; 0 for a number that is no dtype. */
CLSTEP_API size_t clstep_dtype_size(clstep_dtype dtype);

/* How bf16 and fp16 parameters are stored. They are computed in fp32. docs/low-precision.md defines
 * every bit. */
typedef enum clstep_param_storage {
    /* Rounded to nearest, ties to even, as in the frameworks. A change of less than half a unit in
     * the last place is lost. */
    CLSTEP_PARAM_NEAREST = 0,
    /* Stochastic rounding: up or down at random, so that the mean is the exact number. Needs no
     * further memory. */
    CLSTEP_PARAM_STOCHASTIC = 1,
    /* A master copy: the state array param_master, in fp32, 4 bytes an element. The step updates
     * it, and writes it to the parameter, rounded to nearest. clstep_optimizer_create() enqueues
     * the first copy from the parameter, unless you give the state arrays (clstep_tensor). If you
     * change the parameter later, write param_master too. */
    CLSTEP_PARAM_MASTER = 2,
    /* A residual: the state array param_residual holds 16 more bits of the parameter, 2 bytes an
     * element. A bf16 parameter and its residual make a whole fp32 number; an fp16 parameter and
     * its residual make every fp32 number from 2^-14 to 65520, and multiples of 2^-40 below. The
     * step reads both, so you may change the parameter between steps. The old residual, up to half
     * a unit in the parameter's last place, then still counts; write 0s to it to drop it. */
    CLSTEP_PARAM_RESIDUAL = 3
} clstep_param_storage;

/* A state array of a tensor: its name and format. */
typedef struct clstep_array_form {
    size_t size;      /* CLSTEP_ARRAY_FORM_INIT sets it */
    const char *name; /* points into the library */
    clstep_dtype dtype;
    uint32_t per; /* tensor elements per array element: 1, or 128 for scales */
} clstep_array_form;

#define CLSTEP_ARRAY_FORM_INIT CLSTEP_SIZED(clstep_array_form)

/* Fills `form` for the state array number `index`, counted from 0, of a tensor. Initialise it with
 * CLSTEP_ARRAY_FORM_INIT. The tensor has parameters of `param_dtype`, in a group with this rule,
 * state_storage and param_storage (see clstep_group). First come the arrays of
 * clstep_rule_state_name(); then, for 8-bit block state, the scales of each ("square_avg.scale"
 * ...); then "param_master" or "param_residual". An index past the last is CLSTEP_INVALID_ARGUMENT.
 * Statuses: INVALID_ARGUMENT only. */
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

/* A schedule: the learning rate as a function of the step, counted from 0. With w = warmup_steps
 * > 0, the first w steps have lr * (step + 1) / w. After them the formulas above hold with
 * s = step - w and n = total_steps - w - 1, so that the last of total_steps steps has the final
 * value. One-cycle contains a warm-up; its warmup_steps must be 0. */
typedef struct clstep_schedule {
    size_t size; /* CLSTEP_SCHEDULE_INIT sets it */
    clstep_schedule_kind kind;
    int32_t reserved;      /* 0 */
    double lr;             /* the base rate; one-cycle: the highest rate; >= 0 */
    double final_lr;       /* cosine: the rate of the last step, >= 0 */
    double gamma;          /* step, exponential: factor for each period, > 0 */
    uint64_t period;       /* step, exponential: steps of a period, > 0 */
    uint64_t total_steps;  /* cosine, one-cycle: > warmup_steps */
    uint64_t warmup_steps; /* 0: no warm-up */
} clstep_schedule;

#define CLSTEP_SCHEDULE_INIT CLSTEP_SIZED(clstep_schedule)

/* Finds a kind of schedule by its name: "constant", "step", "exponential", "cosine" or "one-cycle".
 * Any other name is CLSTEP_INVALID_ARGUMENT.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_schedule_kind_from_name(const char *name,
                                                        clstep_schedule_kind *kind);

/* Checks every field. The message names the field that is wrong.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_schedule_validate(const clstep_schedule *schedule);

/* The learning rate of a step, counted from 0, as clstep_optimizer_get_steps() counts before the
 * step. With cosine and one-cycle, later steps keep the rate of step total_steps - 1. NaN for an
 * invalid schedule; clstep_optimizer_step() refuses NaN. */
CLSTEP_API double clstep_schedule_lr(const clstep_schedule *schedule, uint64_t step);

#ifdef __cplusplus
}
#endif

#endif
