/* Chooses the cases: rules, switches and formats, so that few compilations cover all. trial.c runs
 * them. */
#include "selftest/cases.h"

#include "format/dtypes.h"

#include <stdio.h>
#include <string.h>

/* Each function makes one change. A switch that the preset sets is unset, and the other way round.
 */

static void momentum(clstep_rule *rule)
{
    rule->momentum = rule->momentum > 0 ? 0 : 0.9;
}

/* The next changes need momentum. */
static void have_momentum(clstep_rule *rule)
{
    rule->momentum = rule->momentum > 0 ? rule->momentum : 0.9;
}

static void lr_in_momentum(clstep_rule *rule)
{
    have_momentum(rule);
    rule->lr_in_momentum = !rule->lr_in_momentum;
}

static void nesterov(clstep_rule *rule)
{
    have_momentum(rule);
    rule->nesterov = !rule->nesterov;
}

static void dampening(clstep_rule *rule)
{
    rule->dampening = 0.25;
}

static void center(clstep_rule *rule, clstep_variance variance)
{
    rule->centered = !(rule->centered && rule->variance == variance);
    rule->variance = variance;
}

static void recursion(clstep_rule *rule)
{
    center(rule, CLSTEP_VARIANCE_RECURSION);
}

static void difference(clstep_rule *rule)
{
    center(rule, CLSTEP_VARIANCE_DIFFERENCE);
}

static void eps_inside_sqrt(clstep_rule *rule)
{
    rule->eps_inside_sqrt = !rule->eps_inside_sqrt;
}

static void bias_correction(clstep_rule *rule)
{
    rule->bias_correction = !rule->bias_correction;
}

static void maximize(clstep_rule *rule)
{
    rule->maximize = !rule->maximize;
}

static void decay(clstep_rule *rule, int32_t how)
{
    rule->weight_decay = 0.02;
    rule->decay = how;
}

static void l2(clstep_rule *rule)
{
    decay(rule, CLSTEP_DECAY_L2);
}

static void decoupled(clstep_rule *rule)
{
    decay(rule, CLSTEP_DECAY_DECOUPLED);
}

static void decoupled_without_lr(clstep_rule *rule)
{
    decay(rule, CLSTEP_DECAY_DECOUPLED_WITHOUT_LR);
}

static void initial(clstep_rule *rule)
{
    rule->initial_square_avg = rule->initial_square_avg > 0 ? 0 : 0.25;
}

/* PyTorch's lerp has another formula for weights of 1/2 and more. */
static void short_memory(clstep_rule *rule)
{
    rule->rho = clstep_rule_has(rule, "rho") ? 0.3 : rule->rho;
    rule->beta1 = clstep_rule_has(rule, "beta1") ? 0.4 : rule->beta1;
}

static void lr_decay(clstep_rule *rule)
{
    rule->lr_decay = 0.1;
}

static void amsgrad(clstep_rule *rule)
{
    rule->amsgrad = 1;
}

static void clip(clstep_rule *rule)
{
    rule->clip = CLSTEP_CLIP_VALUE;
    rule->clip_bound = 1e-3;
}

/* Bits for the changes, in the order in which they are made. */
enum {
    M = 1 << 0,
    L = 1 << 1,
    N = 1 << 2,
    S = 1 << 3,
    R = 1 << 4,
    D = 1 << 5,
    E = 1 << 6,
    B = 1 << 7,
    X = 1 << 8,
    W = 1 << 9,
    V = 1 << 10,
    U = 1 << 11,
    I = 1 << 12,
    H = 1 << 13,
    Y = 1 << 14,
    G = 1 << 15,
    C = 1 << 16
};

static const struct {
    const char *name;
    void (*make)(clstep_rule *rule);
} changes[] = {
    {"momentum", momentum},
    {"lr_in_momentum", lr_in_momentum},
    {"nesterov", nesterov},
    {"dampening", dampening},
    {"recursion", recursion},
    {"v - m^2", difference},
    {"eps_inside_sqrt", eps_inside_sqrt},
    {"bias_correction", bias_correction},
    {"maximize", maximize},
    {"L2", l2},
    {"decoupled", decoupled},
    {"decoupled without lr", decoupled_without_lr},
    {"initial_square_avg", initial},
    {"rho or beta1 below 0.5", short_memory},
    {"lr_decay", lr_decay},
    {"amsgrad", amsgrad},
    {"clip by value", clip},
};

enum { CHANGES = sizeof changes / sizeof *changes };

/* Presets take the two sets in turn. A row makes several changes at once, because each row needs a
 * compilation. Every preset gets every change that its rule has, and over all presets most pairs of
 * changes occur together. The first row is that of the quick test. */
enum { SETS = 2, ROWS = 4 };

static const struct {
    unsigned changes;
    bool scattered;
} rows[SETS][ROWS] = {
    {
        {0, false},
        {M | N | R | E | B | W | I | Y | G | C, true},
        {M | L | S | D | X | V, false},
        {M | D | B | U | H, true},
    },
    {
        {0, true},
        {M | L | N | D | E | B | V | Y | C, true},
        {R | X | U | I | H | G, false},
        {M | S | B | W, false},
    },
};

/* Skips changes that make the rule invalid. */
static void change(clstep__selftest_case *into, unsigned wanted)
{
    for (size_t k = 0; k < CHANGES; k++) {
        if (!(wanted >> k & 1))
            continue;
        clstep_rule changed = into->rule;
        changes[k].make(&changed);
        if (clstep_rule_validate(&changed) != CLSTEP_OK ||
            memcmp(&changed, &into->rule, sizeof changed) == 0)
            continue;
        into->rule = changed;
        const size_t length = strlen(into->name);
        snprintf(into->name + length, sizeof into->name - length, "%s%s", length ? ", " : "",
                 changes[k].name);
    }
    if (into->name[0] == '\0')
        snprintf(into->name, sizeof into->name, "as it is");
}

static clstep_status begin(clstep__selftest_case *into, const char *preset, unsigned wanted,
                           bool scattered)
{
    *into =
        (clstep__selftest_case){.preset = preset, .rule = CLSTEP_RULE_INIT, .scattered = scattered};
    clstep_status status = clstep_rule_preset(&into->rule, preset);
    if (status == CLSTEP_OK)
        change(into, wanted);
    return status;
}

static bool is_new(const clstep__selftest_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cases[i].scattered == cases[count].scattered &&
            memcmp(&cases[i].rule, &cases[count].rule, sizeof cases[i].rule) == 0)
            return false;
    }
    return true;
}

clstep_status clstep__selftest_cases(size_t preset, bool quick, clstep__selftest_case *cases,
                                     size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < (quick ? 1 : ROWS); i++) {
        clstep_status status =
            begin(&cases[*count], clstep_preset(preset)->name, rows[preset % SETS][i].changes,
                  rows[preset % SETS][i].scattered);
        if (status != CLSTEP_OK)
            return status;
        *count += is_new(cases, *count);
    }
    return CLSTEP_OK;
}

/* ---- formats */

enum {
    F32 = CLSTEP_DTYPE_FLOAT32,
    BF16 = CLSTEP_DTYPE_BFLOAT16,
    F16 = CLSTEP_DTYPE_FLOAT16,
    F64 = CLSTEP_DTYPE_FLOAT64
};
enum { BITS8 = CLSTEP_DTYPE_UINT8 };

/* Each row needs a compilation. SGD has no divide and no root: it gets every storage of parameters
 * and state, so that every device can be tested for equal bytes in all of them. */
static const struct {
    const char *preset;
    unsigned changes;
    int32_t param, grad, state, storage;
    bool scattered;
    bool quick;
} formats[CLSTEP__SELFTEST_FORMATS_MAX] = {
    {"torch", M | R, BF16, BF16, BITS8, CLSTEP_PARAM_STOCHASTIC, true, true},
    {"sgd", M, F16, F16, BF16, CLSTEP_PARAM_RESIDUAL, false, true},
    {"sgd", M, BF16, BF16, BITS8, CLSTEP_PARAM_STOCHASTIC, false, false},
    {"sgd", M, BF16, F32, BF16, CLSTEP_PARAM_MASTER, true, false},
    {"sgd", M | N, F16, BF16, BITS8, CLSTEP_PARAM_NEAREST, true, false},
    {"sgd", M, F16, F64, BF16, CLSTEP_PARAM_STOCHASTIC, true, false},
    {"hinton", 0, BF16, BF16, BF16, CLSTEP_PARAM_NEAREST, false, false},
    {"hinton", M, BF16, F16, BITS8, CLSTEP_PARAM_RESIDUAL, false, false},
    {"adam", 0, F16, F16, BF16, CLSTEP_PARAM_STOCHASTIC, true, false},
    {"adamw", W, F16, BF16, BITS8, CLSTEP_PARAM_MASTER, false, false},
    {"keras", R, F32, BF16, BITS8, CLSTEP_PARAM_NEAREST, true, false},
    {"torch", M | R, F64, F64, F64, CLSTEP_PARAM_NEAREST, true, false},
};

static const char *dtype_name(int32_t dtype)
{
    return clstep_dtype_describe((clstep_dtype)dtype)->name;
}

/* "momentum: p bf16 residual, g fp16, state 8 bits" */
static void name_format(clstep__selftest_case *into)
{
    static const char *const storage[] = {[CLSTEP_PARAM_STOCHASTIC] = " stochastic",
                                          [CLSTEP_PARAM_NEAREST] = " nearest",
                                          [CLSTEP_PARAM_MASTER] = " master",
                                          [CLSTEP_PARAM_RESIDUAL] = " residual"};
    const clstep__format *format = &into->format;
    const size_t length = strlen(into->name);
    snprintf(into->name + length, sizeof into->name - length, ": p %s%s, g %s, state %s",
             dtype_name(format->param),
             clstep__has_16_bits(format->param) ? storage[format->storage] : "",
             dtype_name(format->grad), dtype_name(format->state));
}

clstep_status clstep__selftest_formats(bool quick, clstep__selftest_case *cases, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < CLSTEP__SELFTEST_FORMATS_MAX; i++) {
        if (quick && !formats[i].quick)
            continue;
        clstep__selftest_case *into = &cases[(*count)++];
        clstep_status status =
            begin(into, formats[i].preset, formats[i].changes, formats[i].scattered);
        if (status != CLSTEP_OK)
            return status;
        into->rule.lr = 0x1p-7; /* makes ties with gradients that are powers of 2 */
        into->format = clstep__format_of(formats[i].param, formats[i].grad, formats[i].state,
                                         formats[i].storage);
        name_format(into);
    }
    return CLSTEP_OK;
}

clstep_status clstep__selftest_addresses(clstep__selftest_case *into)
{
    clstep_status status = begin(into, "torch", M, true);
    into->shared = true;
    return status;
}
