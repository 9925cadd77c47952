/* What a step is given: gradients of its own, and tensors that are left out. Every element is
 * compared with the scalar reference, which counts each tensor's steps by itself. */
#include "fixture.h"

#include "layer_client.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

enum { TENSORS_MAX = 48, ROOM = 60000, POOLS = 3 };

typedef struct {
    size_t count, group, steps;
    size_t offset;           /* in the parameters, and in each pool of gradients */
    float *p, *g, *state[4]; /* NULL behind the last */
} tensor;

typedef struct {
    clstep_rule rules[3];
    size_t groups, tensors;
    size_t end; /* elements of all tensors */
    tensor of[TENSORS_MAX];
    cl_mem params;
    cl_mem own_params[TENSORS_MAX]; /* where is_apart */
    cl_mem pools[POOLS];
    cl_mem own_grads[TENSORS_MAX];
    int is_apart;
    clstep_optimizer *optimizer;
    unsigned seed;
    unsigned long fault; /* the call of OpenCL in a step that fails; 0: none */
    int failed;          /* the last step had to be repeated */
} setup;

static float draw(setup *b)
{
    b->seed = b->seed * 1664525u + 1013904223u;
    return (float)(b->seed >> 8) / 8388608.0f - 1.0f;
}

/* Where a step's gradients lie. */
typedef enum { AT_CREATE, IN_A_POOL, FURTHER_ON, ON_THEIR_OWN } place;

static clstep_buffer buffer_of(const setup *b, size_t i, place where, size_t pool)
{
    if (where == ON_THEIR_OWN)
        return (clstep_buffer){b->own_grads[i], i % 3};
    const size_t further = where == FURTHER_ON ? b->end : 0;
    return (clstep_buffer){b->pools[pool], b->of[i].offset + pool + further};
}

static void make(setup *b, const clstep_rule *rule, size_t tensors, int is_apart, place at_create)
{
    static const size_t counts[] = {1, 17, 400, 0, 128, 1000, 5};
    *b = (setup){.groups = 3, .tensors = tensors, .is_apart = is_apart, .seed = 7};
    size_t end = 0;
    for (size_t i = 0; i < tensors; i++) {
        tensor *t = &b->of[i];
        *t = (tensor){.count = counts[i % 7], .group = i * 3 / tensors, .offset = end};
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
        tensor *t = &b->of[i];
        b->own_params[i] = is_apart ? make_buffer(NULL, t->count + 1) : NULL;
        b->own_grads[i] = make_buffer(NULL, t->count + 3);
        const cl_mem p = is_apart ? b->own_params[i] : b->params;
        if (t->count)
            write_buffer(p, is_apart ? 0 : t->offset, t->p, t->count);
        described[i] = (clstep_tensor){
            .param = p, .param_offset = is_apart ? 0 : t->offset, .count = t->count};
        if (at_create != AT_CREATE) { /* else there are none */
            const clstep_buffer grad = buffer_of(b, i, at_create, 0);
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

static void drop(setup *b)
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

static void compare(const setup *b, size_t i)
{
    const tensor *t = &b->of[i];
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

static void expect(const clstep_rule *rule, tensor *t)
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
static void step(setup *b, unsigned who, place where, size_t pool, int by_null)
{
    clstep_buffer gradients[TENSORS_MAX];
    unsigned char leave_out[TENSORS_MAX];
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    for (size_t i = 0; i < b->tensors; i++) {
        tensor *t = &b->of[i];
        const int takes_part = who >> i % 8 & 1;
        gradients[i] = buffer_of(b, i, where == AT_CREATE ? IN_A_POOL : where, pool);
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
        expect(&b->rules[t->group], t);
    }
    if (where != AT_CREATE) {
        options.gradients = gradients;
        options.gradient_count = b->tensors;
    }
    if (!by_null || where == AT_CREATE) {
        options.leave_out = leave_out;
        options.leave_out_count = b->tensors;
    }
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
    for (size_t i = 0; i < b->tensors; i++)
        compare(b, i);
}

static const char *const presets[] = {"torch", "adam", "sgd", "keras"};
enum { PRESETS = sizeof presets / sizeof *presets };

static clstep_rule rule_of(int which)
{
    clstep_rule rule = preset_rule(presets[which]);
    rule.lr = 0.01;
    if (strcmp(presets[which], "sgd") == 0)
        rule.momentum = 0.9;
    return rule;
}

/* New buffers and offsets in any step, from one pool, from others, and for each tensor its own. */
static void gradients(int which, size_t tensors, int is_apart, place at_create)
{
    const clstep_rule rule = rule_of(which);
    static setup b;
    make(&b, &rule, tensors, is_apart, at_create);
    step(&b, ~0u, IN_A_POOL, 0, 1);
    step(&b, ~0u, IN_A_POOL, 0, 1);
    step(&b, ~0u, FURTHER_ON, 0, 1); /* the same buffers */
    step(&b, ~0u, IN_A_POOL, 1, 1);
    step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    step(&b, 0xf5u, ON_THEIR_OWN, 0, 1);
    step(&b, ~0u, IN_A_POOL, 2, 0);
    if (at_create == IN_A_POOL)
        step(&b, ~0u, AT_CREATE, 0, 0);
    drop(&b);
}

START_TEST(in_one_pool)
{
    gradients(_i, 24, 0, IN_A_POOL);
}
END_TEST

START_TEST(apart)
{
    gradients(_i, 40, 1, ON_THEIR_OWN);
}
END_TEST

START_TEST(none_at_create)
{
    gradients(_i, 40, 1, AT_CREATE);
    gradients(_i, 3, 0, AT_CREATE);
}
END_TEST

/* Each tensor counts its own steps: Adam's corrections, SGD's first momentum. */
START_TEST(left_out)
{
    const clstep_rule rule = rule_of(_i);
    static setup b;
    make(&b, &rule, 24, 0, IN_A_POOL);
    step(&b, 0xfeu, AT_CREATE, 0, 0);
    step(&b, ~0u, AT_CREATE, 0, 0);
    step(&b, 0x0fu, AT_CREATE, 0, 0);
    step(&b, 0x0fu, AT_CREATE, 0, 0);
    step(&b, 0, AT_CREATE, 0, 0);
    ck_assert_uint_eq(clstep_optimizer_launches(b.optimizer), 0);
    step(&b, 0x99u, AT_CREATE, 0, 0);
    step(&b, ~0u, AT_CREATE, 0, 0);
    uint64_t steps = 0;
    ck_ok(clstep_optimizer_get_tensor_steps(b.optimizer, 0, 0, &steps));
    ck_assert_uint_eq(steps, b.of[0].steps);
    ck_ok(clstep_optimizer_get_tensor_steps(b.optimizer, 0, 1, &steps));
    ck_assert_uint_eq(steps, b.of[1].steps);
    ck_assert_uint_eq(steps_of(b.optimizer), 7);
    drop(&b);
}
END_TEST

/* Set from outside, one by one and all. */
START_TEST(own_steps)
{
    const clstep_rule rule = rule_of(1);
    static setup b;
    make(&b, &rule, 24, 0, IN_A_POOL);
    step(&b, ~0u, AT_CREATE, 0, 0);
    ck_ok(clstep_optimizer_set_tensor_steps(b.optimizer, 0, 2, 41));
    b.of[2].steps = 41;
    step(&b, ~0u, AT_CREATE, 0, 0);
    step(&b, ~0u, AT_CREATE, 0, 0);
    ck_ok(clstep_optimizer_set_steps(b.optimizer, 9));
    for (size_t i = 0; i < b.tensors; i++)
        b.of[i].steps = 9;
    step(&b, ~0u, AT_CREATE, 0, 0);
    ck_refused(clstep_optimizer_set_tensor_steps(b.optimizer, 0, 2, UINT64_MAX),
               CLSTEP_INVALID_ARGUMENT, "2^63");
    drop(&b);
}
END_TEST

/* Refused before anything is touched; the step after is as if nothing had been asked. */
START_TEST(refused)
{
    const clstep_rule rule = rule_of(0);
    static setup b;
    make(&b, &rule, 8, 0, IN_A_POOL);
    clstep_buffer given[8];
    unsigned char leave_out[8] = {0};
    for (size_t i = 0; i < 8; i++)
        given[i] = buffer_of(&b, i, ON_THEIR_OWN, 0);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.gradients = given;
    options.gradient_count = 7;
#define REFUSED(part)                                                                              \
    ck_refused(clstep_optimizer_step(b.optimizer, the.queue, &options, 0, NULL, NULL),             \
               CLSTEP_INVALID_ARGUMENT, part)
    REFUSED("options.gradient_count is 7, but the optimizer has 8 tensors");
    options.gradient_count = 8;
    given[5].offset = 4;
    REFUSED("options.gradients[5]: offset 4 and count 1000 reach past the end");
    given[5] = (clstep_buffer){b.params, 0};
    REFUSED("options.gradients[5].buffer overlaps groups[");
    given[5] = buffer_of(&b, 5, ON_THEIR_OWN, 0);
    options.leave_out = leave_out;
    REFUSED("options.leave_out_count is 0");
    options.leave_out_count = 8;
    leave_out[3] = 2;
    REFUSED("options.leave_out[3] is 2");
#undef REFUSED
    step(&b, ~0u, AT_CREATE, 0, 0);
    drop(&b);
}
END_TEST

/* Nothing is built or allocated, and what is as before uploads and sets nothing. */
START_TEST(costs)
{
    layer_open();
    const clstep_rule rule = rule_of(0);
    static setup b;
    make(&b, &rule, 40, 1, AT_CREATE);
    const unsigned long builds = layer_count(LAYER_PROGRAMS);
    step(&b, ~0u, ON_THEIR_OWN, 0, 1);
    step(&b, 0x3fu, ON_THEIR_OWN, 0, 1);
    const unsigned long launches = layer_count(LAYER_KERNEL_LAUNCHES);
    const unsigned long arguments = layer_count(LAYER_ARGUMENTS);
    step(&b, 0x3fu, ON_THEIR_OWN, 0, 1);
    ck_assert_uint_eq(layer_count(LAYER_PROGRAMS), builds);
    ck_assert_uint_eq(layer_count(LAYER_ARGUMENTS), arguments);
    ck_assert_uint_eq(layer_count(LAYER_KERNEL_LAUNCHES) - launches,
                      clstep_optimizer_launches(b.optimizer));
    ck_assert_uint_eq(clstep_optimizer_launches(b.optimizer), 1); /* 30 buffers */
    drop(&b);
}
END_TEST

/* Each call that a step makes fails once, in steps of all kinds; the repeated step is whole. */
START_TEST(faults)
{
    layer_open();
    const clstep_rule rule = rule_of(1);
    for (int is_apart = 0; is_apart < 2; is_apart++) {
        static setup b;
        make(&b, &rule, is_apart ? 40 : 16, is_apart, IN_A_POOL);
        drop(&b);
        const long live = layer_live();
        make(&b, &rule, is_apart ? 40 : 16, is_apart, IN_A_POOL);
        step(&b, ~0u, AT_CREATE, 0, 0);
        int any = 1;
        for (b.fault = 1; any; b.fault += is_apart ? 7 : 1) {
            any = 0;
            step(&b, 0x5fu, ON_THEIR_OWN, 0, 1);
            any |= b.failed;
            step(&b, ~0u, IN_A_POOL, b.fault % POOLS, 0);
            any |= b.failed;
            step(&b, 0x3cu, AT_CREATE, 0, 0);
            any |= b.failed;
        }
        ck_assert_uint_gt(b.fault, 8);
        b.fault = 0;
        ck_ok(clstep_optimizer_finish(b.optimizer));
        step(&b, ~0u, AT_CREATE, 0, 0);
        drop(&b);
        ck_assert_int_eq(layer_live(), live);
    }
}
END_TEST

Suite *inputs_suite(void)
{
    Suite *suite = suite_create("inputs");
    TCase *tests = tcase_create("inputs");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, in_one_pool, 0, PRESETS);
    tcase_add_loop_test(tests, apart, 0, PRESETS);
    tcase_add_loop_test(tests, none_at_create, 0, PRESETS);
    tcase_add_loop_test(tests, left_out, 0, PRESETS);
    tcase_add_test(tests, own_steps);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, costs);
    tcase_add_test(tests, faults);
    suite_add_tcase(suite, tests);
    return suite;
}
