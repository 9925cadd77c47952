/* What a step makes of a mixture, by the scalar reference and the twins of the formats. */
#include "mixture.h"

#include "rule/block8.h"
#include "rule/chance.h"
#include "rule/low16.h"
#include "rule/reference.h"

#include <string.h>

enum { BLOCK = 128 };

double number_from(int32_t dtype, const unsigned char *bytes)
{
    double wide;
    float narrow;
    uint16_t low;
    switch (dtype) {
    case CLSTEP_FLOAT64:
        memcpy(&wide, bytes, sizeof wide);
        return wide;
    case CLSTEP_FLOAT32:
        memcpy(&narrow, bytes, sizeof narrow);
        return (double)narrow;
    default:
        memcpy(&low, bytes, sizeof low);
        return (double)(dtype == CLSTEP_FLOAT16 ? clstep__from_half(low)
                                                : clstep__from_bfloat16(low));
    }
}

static void put16(uint16_t low, unsigned char *bytes)
{
    memcpy(bytes, &low, sizeof low);
}

static uint16_t get16(const unsigned char *bytes)
{
    uint16_t low;
    memcpy(&low, bytes, sizeof low);
    return low;
}

void number_to(int32_t dtype, double number, unsigned char *bytes)
{
    const float narrow = (float)number;
    if (dtype == CLSTEP_FLOAT64)
        memcpy(bytes, &number, sizeof number);
    else if (dtype == CLSTEP_FLOAT32)
        memcpy(bytes, &narrow, sizeof narrow);
    else if (dtype == CLSTEP_FLOAT16)
        put16(clstep__to_half(narrow), bytes);
    else
        put16(clstep__to_bfloat16(narrow), bytes);
}

/* The array of what is kept of the parameter. */
static unsigned char *kept_of(const mixture *m, const mixture_tensor *tensor)
{
    return tensor->arrays[m->state_dtype == CLSTEP_UINT8 ? 2 * m->state_count : m->state_count];
}

static double load_param(const mixture *m, const mixture_tensor *tensor, size_t i)
{
    const unsigned char *p = tensor->param + i * clstep_dtype_size(m->param_dtype);
    if (clstep_dtype_size(m->param_dtype) == 2) {
        if (m->param_storage == CLSTEP_PARAM_MASTER && m->step > 1)
            return number_from(CLSTEP_FLOAT32, kept_of(m, tensor) + i * sizeof(float));
        if (m->param_storage == CLSTEP_PARAM_RESIDUAL) {
            const uint16_t rest = get16(kept_of(m, tensor) + i * 2);
            return (double)(m->param_dtype == CLSTEP_FLOAT16
                                ? clstep__join_half(get16(p), rest)
                                : clstep__join_bfloat16(get16(p), rest));
        }
    }
    return number_from(m->param_dtype, p);
}

static void store_param(const mixture *m, mixture_tensor *tensor, size_t i, uint64_t key,
                        double number)
{
    const size_t size = clstep_dtype_size(m->param_dtype);
    unsigned char *p = tensor->param + i * size;
    if (size != 2) {
        number_to(m->param_dtype, number, p);
        return;
    }
    const int is_half = m->param_dtype == CLSTEP_FLOAT16;
    const float x = (float)number;
    const uint32_t chance = clstep__chance(key, tensor->element + i, CLSTEP__STREAM_OF_PARAM);
    uint16_t rest;
    switch (m->param_storage) {
    case CLSTEP_PARAM_STOCHASTIC:
        put16(is_half ? clstep__to_half_by(x, chance) : clstep__to_bfloat16_by(x, chance), p);
        break;
    case CLSTEP_PARAM_RESIDUAL:
        put16(is_half ? clstep__split_half(x, &rest) : clstep__split_bfloat16(x, &rest), p);
        put16(rest, kept_of(m, tensor) + i * 2);
        break;
    default:
        number_to(m->param_dtype, number, p);
        if (m->param_storage == CLSTEP_PARAM_MASTER)
            memcpy(kept_of(m, tensor) + i * sizeof x, &x, sizeof x);
        break;
    }
}

static int has_sign(const char *state)
{
    return !strcmp(state, "grad_avg") || !strcmp(state, "momentum_buffer") ||
           !strcmp(state, "exp_avg");
}

static void load_states(const mixture *m, const mixture_tensor *tensor, size_t first, size_t count,
                        double states[3][BLOCK])
{
    const int32_t dtype = m->state_dtype                     ? m->state_dtype
                          : m->param_dtype == CLSTEP_FLOAT64 ? CLSTEP_FLOAT64
                                                             : CLSTEP_FLOAT32;
    for (size_t k = 0; k < m->state_count; k++) {
        float decoded[BLOCK];
        uint32_t scale;
        if (dtype == CLSTEP_UINT8) {
            memcpy(&scale, tensor->arrays[m->state_count + k] + first / BLOCK * 4, 4);
            clstep__decode_block(tensor->arrays[k] + first, scale,
                                 has_sign(clstep_rule_state_name(&m->rule, k)), count, decoded);
        }
        const size_t size = clstep_dtype_size(dtype);
        for (size_t i = 0; i < count; i++)
            states[k][i] = dtype == CLSTEP_UINT8
                               ? (double)decoded[i]
                               : number_from(dtype, tensor->arrays[k] + (first + i) * size);
    }
}

static void store_states(const mixture *m, mixture_tensor *tensor, size_t first, size_t count,
                         uint64_t key, double states[3][BLOCK])
{
    for (size_t k = 0; k < m->state_count; k++) {
        uint32_t chances[BLOCK];
        float numbers[BLOCK];
        for (size_t i = 0; i < count; i++) {
            chances[i] = clstep__chance(key, tensor->element + first + i,
                                        CLSTEP__STREAM_OF_STATE + (uint32_t)k);
            numbers[i] = (float)states[k][i];
        }
        if (m->state_dtype == CLSTEP_UINT8) {
            const uint32_t scale =
                clstep__encode_block(numbers, has_sign(clstep_rule_state_name(&m->rule, k)), count,
                                     chances, tensor->arrays[k] + first);
            memcpy(tensor->arrays[m->state_count + k] + first / BLOCK * 4, &scale, 4);
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            if (m->state_dtype == CLSTEP_BFLOAT16)
                put16(clstep__to_bfloat16_by(numbers[i], chances[i]),
                      tensor->arrays[k] + (first + i) * 2);
            else if (m->param_dtype == CLSTEP_FLOAT64)
                memcpy(tensor->arrays[k] + (first + i) * 8, &states[k][i], 8);
            else
                memcpy(tensor->arrays[k] + (first + i) * 4, &numbers[i], 4);
        }
    }
}

static void update(const mixture *m, const clstep_rule *rule, double *p, double g, double state[3])
{
    if (m->param_dtype == CLSTEP_FLOAT64) {
        clstep__reference_double(rule, rule->lr, m->step, p, g, state);
        return;
    }
    float narrow = (float)*p;
    float states[3] = {(float)state[0], (float)state[1], (float)state[2]};
    clstep__reference(rule, rule->lr, m->step, &narrow, (float)g, states);
    *p = (double)narrow;
    for (int k = 0; k < 3; k++)
        state[k] = (double)states[k];
}

static void expect_block(const mixture *m, mixture_tensor *tensor, size_t first, size_t count,
                         uint64_t key)
{
    const clstep_rule rule = mixture_rule(m, tensor->group);
    double states[3][BLOCK] = {{0}};
    load_states(m, tensor, first, count, states);
    for (size_t i = 0; i < count; i++) {
        double p = load_param(m, tensor, first + i);
        double state[3] = {states[0][i], states[1][i], states[2][i]};
        const unsigned char *g = tensor->grad + (first + i) * clstep_dtype_size(m->grad_dtype);
        update(m, &rule, &p, number_from(m->grad_dtype, g), state);
        for (int k = 0; k < 3; k++)
            states[k][i] = state[k];
        store_param(m, tensor, first + i, key, p);
    }
    store_states(m, tensor, first, count, key, states);
}

void mixture_expect(mixture *m)
{
    m->step++;
    const uint64_t key = clstep__chance_key(m->seed, m->step);
    for (size_t k = 0; k < m->tensor_count; k++) {
        const size_t count = m->tensors[k].count;
        for (size_t i = 0; i < count; i += BLOCK)
            expect_block(m, &m->tensors[k], i, count - i < BLOCK ? count - i : BLOCK, key);
    }
}
