/* Makes the model, and steps it on the device and by the scalar reference, which counts each
 * tensor's steps separately. */
#include "inputs_setup.h"

#include "layer_client.h"
#include "optimizer/optimizer.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

static float draw(inputs_setup *b)
{
    b->seed = b->seed * 1664525u + 1013904223u;
    return (float)(b->seed >> 8) / 8388608.0f - 1.0f;
}

clstep_buffer inputs_buffer(const inputs_setup *b, size_t i, inputs_place where, size_t pool)
{
    if (where == ON_THEIR_OWN)
        return (clstep_buffer){b->own_grads[i], i % 3};
    const size_t further = where == FURTHER_ON ? b->end : 0;
    return (clstep_buffer){b->pools[pool], b->of[i].offset + pool + further};
}

void inputs_make(inputs_setup *b, const clstep_rule *rule, size_t tensors, int is_apart,
                 inputs_place at_create)
{
    static const size_t counts[] = {1, 17, 400, 0, 128, 1000, 5};
    *b = (inputs_setup){.groups = 3, .tensors = tensors, .is_apart = is_apart, .seed = 7};
    size_t end = 0;
    for (size_t i = 0; i < tensors; i++) {
        inputs_tensor *t = &b->of[i];
        *t = (inputs_tensor){.count = counts[i % 7], .group = i * 3 / tensors, .offset = end};
        end += t->count;
        t->p = malloc((t->count + 1) * sizeof(float));
        t->g = malloc((t->count + 1) * sizeof(float));
        for (size_t k = 0; k < t->count; k++)
            t->p[k] = draw(b);
    }
    b->end = end;
    ck_assert_uint_lt(end, ROOM);
    b->params = make_buffer(NULL, end + 1);
    for (size_t k = 0; k < POOLS; k++)
        b->pools[k] = make_buffer(NULL, 2 * end + POOLS);
    clstep_tensor described[TENSORS_MAX];
    clstep_group groups[3];
    memset(described, 0, sizeof described);
    for (size_t g = 0; g < 3; g++) {
        b->rules[g] = *rule;
        b->rules[g].lr = rule->lr * (double)(1 + g);
        groups[g] = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &b->rules[g]};
    }
    for (size_t i = 0; i < tensors; i++) {
        inputs_tensor *t = &b->of[i];
        b->own_params[i] = is_apart ? make_buffer(NULL, t->count + 1) : NULL;
        b->own_grads[i] = make_buffer(NULL, t->count + 3);
        const cl_mem p = is_apart ? b->own_params[i] : b->params;
        if (t->count)
            write_buffer(p, is_apart ? 0 : t->offset, t->p, t->count);
        described[i] = (clstep_tensor){
            .param = p, .param_offset = is_apart ? 0 : t->offset, .count = t->count};
        if (at_create != AT_CREATE) { /* else there are none */
            const clstep_buffer grad = inputs_buffer(b, i, at_create, 0);
            described[i].grad = grad.buffer;
            described[i].grad_offset = grad.offset;
        }
        if (groups[t->group].tensor_count++ == 0)
            groups[t->group].tensors = &described[i];
        for (size_t k = 0; clstep_rule_state_name(rule, k); k++) {
            t->state[k] = calloc(t->count + 1, sizeof(float));
            for (size_t e = 0; e < t->count; e++)
                t->state[k][e] = k == 0 ? (float)rule->initial_square_avg : 0;
        }
    }
    ck_ok(clstep_optimizer_create(&b->optimizer, the.engine, the.queue, 3, groups, NULL, NULL));
}

void inputs_drop(inputs_setup *b)
{
    clstep_optimizer_destroy(b->optimizer);
    for (size_t i = 0; i < b->tensors; i++) {
        free(b->of[i].p);
        free(b->of[i].g);
        for (size_t k = 0; k < 3; k++)
            free(b->of[i].state[k]);
        if (b->own_params[i])
            clReleaseMemObject(b->own_params[i]);
        clReleaseMemObject(b->own_grads[i]);
    }
    clReleaseMemObject(b->params);
    for (size_t k = 0; k < POOLS; k++)
        clReleaseMemObject(b->pools[k]);
}

static void compare(const inputs_setup *b, size_t i)
{
    const inputs_tensor *t = &b->of[i];
    static float found[1000];
    if (t->count == 0)
        return;
    read_buffer(b->is_apart ? b->own_params[i] : b->params, b->is_apart ? 0 : t->offset, found,
                t->count);
    ck_assert_msg(memcmp(found, t->p, t->count * sizeof *found) == 0, "parameter of tensor %zu", i);
    for (size_t k = 0; t->state[k]; k++) {
        size_t in_group = 0;
        while (i > in_group && b->of[i - in_group - 1].group == t->group)
            in_group++;
        clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
        ck_ok(clstep_optimizer_find_state_array(b->optimizer, t->group, in_group,
                                                clstep_rule_state_name(&b->rules[t->group], k),
                                                &array));
        read_buffer(array.buffer, array.offset, found, t->count);
        ck_assert_msg(memcmp(found, t->state[k], t->count * sizeof *found) == 0,
                      "state %zu of tensor %zu", k, i);
    }
    totals->compared += t->count;
}

static void expect(const clstep_rule *rule, inputs_tensor *t)
{
    for (size_t e = 0; e < t->count; e++) {
        float state[3] = {0};
        for (size_t k = 0; t->state[k]; k++)
            state[k] = t->state[k][e];
        clstep__reference(rule, rule->lr, t->steps, &t->p[e], t->g[e], state);
        for (size_t k = 0; t->state[k]; k++)
            t->state[k][e] = state[k];
    }
}

/* A step with new gradients, of the tensors whose bit is set in `who` (of the number modulo 8). */
/* Kernels remember what is set by its handle, which a buffer made later may get: they may remember
 * only what is held. */
static void expect_held(const clstep_optimizer *of)
{
    for (size_t k = 0; k < of->kernel_count * CLSTEP_BUFFERS_MAX; k++) {
        const void *set = of->kernels[k / CLSTEP_BUFFERS_MAX].grads[k % CLSTEP_BUFFERS_MAX];
        int is_held = !set;
        for (size_t i = 0; i < of->tensor_count; i++) {
            const clstep__plan_tensor *t = &of->tensors[i];
            is_held |= set == t->grad || set == t->first_grad || set == t->param;
        }
        ck_assert(is_held);
    }
}

void inputs_step(inputs_setup *b, unsigned who, inputs_place where, size_t pool, int by_null)
{
    clstep_buffer gradients[TENSORS_MAX];
    unsigned char leave_out[TENSORS_MAX];
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    for (size_t i = 0; i < b->tensors; i++) {
        inputs_tensor *t = &b->of[i];
        const int takes_part = who >> i % 8 & 1;
        gradients[i] = inputs_buffer(b, i, where == AT_CREATE ? IN_A_POOL : where, pool);
        for (size_t k = 0; k < t->count; k++)
            t->g[k] = draw(b);
        if (t->count)
            write_buffer(gradients[i].buffer, gradients[i].offset, t->g, t->count);
        leave_out[i] = (unsigned char)!takes_part;
        if (!takes_part && by_null)
            gradients[i].buffer = NULL;
        if (!takes_part)
            continue;
        t->steps++;
        clstep_rule rule = b->rules[t->group];
        rule.lr = b->lr ? b->lr[i] : rule.lr;
        rule.weight_decay = b->decay ? b->decay[i] : rule.weight_decay;
        expect(&rule, t);
    }
    if (where != AT_CREATE) {
        options.gradients = gradients;
        options.gradient_count = b->tensors;
    }
    if (!by_null || where == AT_CREATE) {
        options.leave_out = leave_out;
        options.leave_out_count = b->tensors;
    }
    options.tensor_lr = b->lr;
    options.tensor_lr_count = b->lr ? b->tensors : 0;
    options.tensor_weight_decay = b->decay;
    options.tensor_weight_decay_count = b->decay ? b->tensors : 0;
    if (b->fault)
        layer_fail(-1, b->fault, CL_OUT_OF_RESOURCES, 0);
    clstep_status status = clstep_optimizer_step(b->optimizer, the.queue, &options, 0, NULL, NULL);
    if (b->fault)
        layer_fail(-1, 0, 0, 0);
    b->failed = status != CLSTEP_OK;
    if (b->failed) {
        ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
        ck_ok(clstep_optimizer_step(b->optimizer, the.queue, &options, 0, NULL, NULL));
    }
    expect_held(b->optimizer);
    for (size_t i = 0; i < b->tensors; i++)
        compare(b, i);
}
