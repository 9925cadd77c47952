/* The scalar reference for tensors in any formats: loads, stores and random bits. The rules are in
 * reference.c. */
#include "reference/block8_step.h"

#include "abi/block8.h"
#include "abi/formats.h"
#include "format/bfloat16.h"
#include "format/block8.h"
#include "format/float16.h"
#include "format/random_bits.h"
#include "reference/reference.h"

#include <string.h>

/* The states of a block, widened. */
typedef double states_of_block[CLSTEP_STATES_MAX][CLSTEP_BLOCK8_ELEMENTS];

static void put16(uint16_t low, void *bytes)
{
    memcpy(bytes, &low, sizeof low);
}

static uint16_t get16(const void *bytes)
{
    uint16_t low;
    memcpy(&low, bytes, sizeof low);
    return low;
}

double clstep__number_from(int32_t dtype, const void *bytes)
{
    double wide;
    float narrow;
    switch (dtype) {
    case CLSTEP_DTYPE_FLOAT64:
        memcpy(&wide, bytes, sizeof wide);
        return wide;
    case CLSTEP_DTYPE_FLOAT32:
        memcpy(&narrow, bytes, sizeof narrow);
        return (double)narrow;
    case CLSTEP_DTYPE_FLOAT16:
        return (double)clstep__from_half(get16(bytes));
    default:
        return (double)clstep__from_bfloat16(get16(bytes));
    }
}

void clstep__number_to(int32_t dtype, double number, void *bytes)
{
    const float narrow = (float)number;
    if (dtype == CLSTEP_DTYPE_FLOAT64)
        memcpy(bytes, &number, sizeof number);
    else if (dtype == CLSTEP_DTYPE_FLOAT32)
        memcpy(bytes, &narrow, sizeof narrow);
    else if (dtype == CLSTEP_DTYPE_FLOAT16)
        put16(clstep__to_half(narrow), bytes);
    else
        put16(clstep__to_bfloat16(narrow), bytes);
}

/* ---- parameters */

/* The place of an element of the master copy or of the residual. */
static unsigned char *storage_at(const clstep__block *block, size_t states, size_t i)
{
    const bool has_scales = block->format.state == CLSTEP_DTYPE_UINT8;
    const size_t size = block->format.storage == CLSTEP_PARAM_MASTER ? 4 : 2;
    return block->arrays[has_scales ? 2 * states : states] + i * size;
}

static double load_param(const clstep__block *block, size_t states, size_t i)
{
    const int32_t dtype = block->format.param;
    const unsigned char *p = block->param + i * clstep_dtype_size(dtype);
    if (block->format.storage == CLSTEP_PARAM_MASTER && block->t > 1)
        return clstep__number_from(CLSTEP_DTYPE_FLOAT32, storage_at(block, states, i));
    if (block->format.storage != CLSTEP_PARAM_RESIDUAL)
        return clstep__number_from(dtype, p);
    const uint16_t rest = get16(storage_at(block, states, i));
    return (double)(dtype == CLSTEP_DTYPE_FLOAT16 ? clstep__join_half(get16(p), rest)
                                                  : clstep__join_bfloat16(get16(p), rest));
}

static void store_param(const clstep__block *block, size_t states, size_t i, uint64_t key,
                        double number)
{
    const int32_t dtype = block->format.param;
    const bool is_half = dtype == CLSTEP_DTYPE_FLOAT16;
    const float x = (float)number;
    unsigned char *p = block->param + i * clstep_dtype_size(dtype);
    if (block->format.storage == CLSTEP_PARAM_STOCHASTIC) {
        const uint32_t random = clstep__random(key, block->element + i, CLSTEP__STREAM_OF_PARAM);
        put16(is_half ? clstep__to_half_by(x, random) : clstep__to_bfloat16_by(x, random), p);
    } else if (block->format.storage == CLSTEP_PARAM_RESIDUAL) {
        uint16_t rest;
        put16(is_half ? clstep__split_half(x, &rest) : clstep__split_bfloat16(x, &rest), p);
        put16(rest, storage_at(block, states, i));
    } else {
        clstep__number_to(dtype, number, p);
        if (block->format.storage == CLSTEP_PARAM_MASTER)
            clstep__number_to(CLSTEP_DTYPE_FLOAT32, number, storage_at(block, states, i));
    }
}

/* ---- state */

/* A second list on purpose: the kernels get the first, by clstep__signs(). */
static bool has_sign(const clstep_rule *rule, size_t state)
{
    const char *name = clstep_rule_state_name(rule, state);
    return !strcmp(name, "grad_avg") || !strcmp(name, "momentum_buffer") ||
           !strcmp(name, "exp_avg");
}

static void load_states(const clstep__block *block, size_t states, states_of_block numbers)
{
    const int32_t dtype = block->format.state;
    for (size_t k = 0; k < states; k++) {
        if (dtype == CLSTEP_DTYPE_UINT8) {
            float decoded[CLSTEP_BLOCK8_ELEMENTS];
            uint32_t scale;
            memcpy(&scale, block->arrays[states + k], sizeof scale);
            clstep__decode_block(block->arrays[k], scale, has_sign(block->rule, k), block->count,
                                 decoded);
            for (size_t i = 0; i < block->count; i++)
                numbers[k][i] = (double)decoded[i];
            continue;
        }
        for (size_t i = 0; i < block->count; i++)
            numbers[k][i] =
                clstep__number_from(dtype, block->arrays[k] + i * clstep_dtype_size(dtype));
    }
}

static void store_states(const clstep__block *block, size_t states, uint64_t key,
                         states_of_block numbers)
{
    const int32_t dtype = block->format.state;
    for (size_t k = 0; k < states; k++) {
        uint32_t random[CLSTEP_BLOCK8_ELEMENTS];
        float narrow[CLSTEP_BLOCK8_ELEMENTS];
        for (size_t i = 0; i < block->count; i++) {
            random[i] =
                clstep__random(key, block->element + i, CLSTEP__STREAM_OF_STATE + (uint32_t)k);
            narrow[i] = (float)numbers[k][i];
        }
        if (dtype == CLSTEP_DTYPE_UINT8) {
            const uint32_t scale = clstep__encode_block(narrow, has_sign(block->rule, k),
                                                        block->count, random, block->arrays[k]);
            memcpy(block->arrays[states + k], &scale, sizeof scale);
            continue;
        }
        for (size_t i = 0; i < block->count; i++) {
            unsigned char *at = block->arrays[k] + i * clstep_dtype_size(dtype);
            if (dtype == CLSTEP_DTYPE_BFLOAT16)
                put16(clstep__to_bfloat16_by(narrow[i], random[i]), at);
            else
                clstep__number_to(dtype, numbers[k][i], at);
        }
    }
}

/* ---- the step */

/* Computes in fp64 if the parameter is fp64, else in fp32. */
static void update(const clstep__block *block, double *p, double g, double *state)
{
    if (block->format.param == CLSTEP_DTYPE_FLOAT64) {
        clstep__reference_double(block->rule, block->lr, block->t, p, g, state);
        return;
    }
    float narrow = (float)*p;
    float states[CLSTEP_STATES_MAX];
    for (size_t k = 0; k < CLSTEP_STATES_MAX; k++)
        states[k] = (float)state[k];
    clstep__reference(block->rule, block->lr, block->t, &narrow, (float)g, states);
    *p = (double)narrow;
    for (size_t k = 0; k < CLSTEP_STATES_MAX; k++)
        state[k] = (double)states[k];
}

void clstep__reference_block(const clstep__block *block)
{
    const uint64_t key = clstep__random_key(block->seed, block->t);
    const size_t grad_size = clstep_dtype_size(block->format.grad);
    states_of_block numbers = {{0}};
    size_t states = 0;
    while (clstep_rule_state_name(block->rule, states))
        states++;
    load_states(block, states, numbers);
    for (size_t i = 0; i < block->count; i++) {
        double p = load_param(block, states, i);
        double state[CLSTEP_STATES_MAX];
        for (size_t k = 0; k < CLSTEP_STATES_MAX; k++)
            state[k] = numbers[k][i];
        update(block, &p, clstep__number_from(block->format.grad, block->grad + i * grad_size),
               state);
        for (size_t k = 0; k < CLSTEP_STATES_MAX; k++)
            numbers[k][i] = state[k];
        store_param(block, states, i, key, p);
    }
    store_states(block, states, key, numbers);
}
