/* Two groups of tensors with and without control, for the tests of it. */
#include "control_model.h"

#include "format/bits.h"

#include <math.h>
#include <string.h>

static const size_t counts[TENSORS] = {1, 37, 128, 700, 5000};

static void with_momentum(clstep_rule *rule)
{
    rule->momentum = 0.9;
}

static void with_correction(clstep_rule *rule)
{
    rule->bias_correction = 1;
}

static void with_recursion(clstep_rule *rule)
{
    rule->bias_correction = 1;
    rule->centered = 1;
    rule->variance = CLSTEP_VARIANCE_RECURSION;
}

static void with_lr_decay(clstep_rule *rule)
{
    rule->lr_decay = 0.01;
}

static void with_decay(clstep_rule *rule)
{
    rule->weight_decay = 0.01;
}

/* The first FORMS_QUICK stand for the others. */
const form forms[FORMS] = {
    {"adam", with_decay, CLSTEP_STATE_FULL},     {"torch", with_momentum, CLSTEP_STATE_8BIT},
    {"adam", NULL, CLSTEP_STATE_8BIT},           {"hinton", with_recursion, CLSTEP_STATE_FULL},
    {"torch", with_momentum, CLSTEP_STATE_FULL}, {"hinton", with_correction, CLSTEP_STATE_FULL},
    {"optax", with_momentum, CLSTEP_STATE_FULL}, {"keras", with_momentum, CLSTEP_STATE_FULL},
    {"sgd", with_momentum, CLSTEP_STATE_FULL},   {"adagrad", with_lr_decay, CLSTEP_STATE_FULL},
    {"adamw", NULL, CLSTEP_STATE_FULL},          {"adamax", NULL, CLSTEP_STATE_FULL},
    {"adadelta", NULL, CLSTEP_STATE_FULL},       {"lion", with_decay, CLSTEP_STATE_FULL},
    {"adamw", NULL, CLSTEP_STATE_BFLOAT16},
};
clstep_rule rule_of(const form *in)
{
    clstep_rule rule = preset_rule(in->preset);
    if (in->change)
        in->change(&rule);
    return rule;
}

/* In fp32 or in bf16: the upper half of fp32. */
static size_t size_of(const form *in)
{
    return in->state == CLSTEP_STATE_FULL ? 4 : 2;
}

void make(model *m, const form *in, const clstep_rule rules[GROUPS], clstep_control control)
{
    static clstep_tensor tensors[GROUPS][TENSORS];
    clstep_group groups[GROUPS];
    uint64_t offset = 0;
    const clstep_dtype dtype = size_of(in) == 4 ? CLSTEP_DTYPE_FLOAT32 : CLSTEP_DTYPE_BFLOAT16;
    m->params = make_buffer(NULL, WORDS);
    m->grads = make_buffer(NULL, WORDS);
    for (size_t g = 0; g < GROUPS; g++) {
        groups[g] = (clstep_group){CLSTEP_GROUP_SIZES,
                                   .rule = &rules[g],
                                   .tensors = tensors[g],
                                   .tensor_count = TENSORS,
                                   .state_storage = in->state,
                                   .param_storage = size_of(in) == 4 ? 0 : CLSTEP_PARAM_STOCHASTIC};
        for (size_t i = 0; i < TENSORS; offset += counts[i], i++)
            tensors[g][i] = (clstep_tensor){.param = m->params,
                                            .grad = m->grads,
                                            .param_offset = offset,
                                            .grad_offset = offset,
                                            .count = counts[i],
                                            .param_dtype = dtype,
                                            .grad_dtype = dtype};
    }
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.seed = 7;
    options.control = control;
    ck_ok(clstep_optimizer_create(&m->optimizer, the.engine, the.queue, GROUPS, groups, &options,
                                  NULL));
}

void drop(model *m)
{
    clstep_optimizer_destroy(m->optimizer);
    clReleaseMemObject(m->params);
    clReleaseMemObject(m->grads);
}

static float number_of(size_t seed)
{
    const uint32_t mixed = (uint32_t)seed * 2654435761u;
    const float mantissa = 1 + (float)(mixed >> 9) * 0x1p-23f;
    return ldexpf(mixed & 1 ? -mantissa : mantissa, -(int)(seed % 9) - 3);
}

/* The gradients of a step, each `scaled`. */
void write_gradients(model *m, const form *in, size_t step, float (*scaled)(float, float),
                     float scale)
{
    static unsigned char bytes[WORDS * 4];
    for (size_t k = 0; k < WORDS; k++) {
        const float g = scaled(number_of(k + 7919 * step), scale);
        const uint32_t bits = clstep__bits_of(g);
        const uint16_t half = (uint16_t)(bits >> 16);
        if (size_of(in) == 4)
            memcpy(bytes + 4 * k, &bits, 4);
        else
            memcpy(bytes + 2 * k, &half, 2);
    }
    ck_cl(clEnqueueWriteBuffer(the.queue, m->grads, CL_TRUE, 0, size_of(in) * WORDS, bytes, 0, NULL,
                               NULL));
}

float as_it_is(float g, float scale)
{
    (void)scale;
    return g;
}

float divided(float g, float scale)
{
    return g / scale;
}

float multiplied(float g, float scale)
{
    return g * scale;
}

float bad(float g, float scale)
{
    return g > 0 ? scale : g;
}

static void compare(const float *a, const float *b, const char *what, size_t step)
{
    size_t first = 0;
    while (first < WORDS && memcmp(&a[first], &b[first], sizeof *a) == 0)
        first++;
    totals->compared += WORDS;
    totals->different += first < WORDS;
    ck_assert_msg(first == WORDS, "%s, step %zu: word %zu is %a instead of %a", what, step, first,
                  (double)a[first], (double)b[first]);
}

void expect_equal_params(const model *a, const model *b, const char *what, size_t step)
{
    static float p[WORDS], q[WORDS];
    read_buffer(a->params, 0, p, WORDS);
    read_buffer(b->params, 0, q, WORDS);
    compare(p, q, what, step);
}

/* All state arrays, byte by byte. */
void expect_equal_state(const model *a, const model *b)
{
    const size_t arrays = clstep_optimizer_state_count(a->optimizer, 0, 0);
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS * arrays; i++) {
            clstep_state_array x = CLSTEP_STATE_ARRAY_INIT, y = CLSTEP_STATE_ARRAY_INIT;
            static unsigned char p[WORDS * 4], q[WORDS * 4];
            ck_ok(clstep_optimizer_state_array(a->optimizer, g, i / arrays, i % arrays, &x));
            ck_ok(clstep_optimizer_state_array(b->optimizer, g, i / arrays, i % arrays, &y));
            const size_t size = clstep_dtype_size(x.dtype);
            ck_cl(clEnqueueReadBuffer(the.queue, x.buffer, CL_TRUE, x.offset * size, x.count * size,
                                      p, 0, NULL, NULL));
            ck_cl(clEnqueueReadBuffer(the.queue, y.buffer, CL_TRUE, y.offset * size, y.count * size,
                                      q, 0, NULL, NULL));
            totals->compared += x.count;
            ck_assert_msg(memcmp(p, q, x.count * size) == 0, "state array %s of tensor %zu differs",
                          x.name, i / arrays);
        }
    }
}
