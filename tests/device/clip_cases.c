/* Clipping by norms: plans whose launches share kernels, a NaN that changes groups, refusals.
 * clip.c compares whole models. */
#include "fixture.h"

#include "reference/norm.h"

#include <math.h>
#include <string.h>

static clstep_rule clipped_rule(clstep_clip clip, double bound)
{
    clstep_rule rule = preset_rule("torch");
    rule.clip = clip;
    rule.clip_bound = bound;
    return rule;
}

/* A NaN with all bits set, from a group in fp32, in a group of 16 bits: to_bfloat16() would make 0
 * of it. */
START_TEST(nan_for_another_group)
{
    const uint32_t bits = 0x7fffffff;
    const uint16_t one = 0x3f80;
    float nan_of_all_bits;
    uint16_t p[64], g[64];
    memcpy(&nan_of_all_bits, &bits, sizeof bits);
    for (size_t k = 0; k < 64; k++)
        p[k] = g[k] = one;
    cl_mem buffers[] = {make_buffer(NULL, 1), make_buffer(&nan_of_all_bits, 1),
                        make_buffer(NULL, 32), make_buffer(NULL, 32)};
    write_buffer(buffers[2], 0, (const float *)(const void *)p, 32);
    write_buffer(buffers[3], 0, (const float *)(const void *)g, 32);
    const clstep_tensor tensors[] = {{.param = buffers[0], .grad = buffers[1], .count = 1},
                                     {.param = buffers[2],
                                      .grad = buffers[3],
                                      .count = 64,
                                      .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                      .grad_dtype = CLSTEP_DTYPE_BFLOAT16}};
    const clstep_rule rule = clipped_rule(CLSTEP_CLIP_GLOBAL_NORM, 1);
    const clstep_group groups[] = {
        {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensors[0], .tensor_count = 1},
        {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensors[1], .tensor_count = 1,
         .state_storage = CLSTEP_STATE_BFLOAT16}};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 2, groups, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(optimizer));
    read_buffer(buffers[2], 0, (float *)(void *)p, 32);
    for (size_t k = 0; k < 64; k++)
        ck_assert_msg((p[k] & 0x7fff) > 0x7f80, "element %zu is %#x, which is no NaN", k, p[k]);
    clstep_optimizer_destroy(optimizer);
    for (size_t i = 0; i < 4; i++)
        clReleaseMemObject(buffers[i]);
}
END_TEST

/* Launches of a new plan that share kernels: made with one gradient buffer, stepped with two. */
START_TEST(shared_kernels)
{
    enum { FIRST = 200000, SECOND = 10, ALL = FIRST + SECOND };
    const clstep_rule rules[] = {clipped_rule(_i ? CLSTEP_CLIP_NORM : CLSTEP_CLIP_GLOBAL_NORM, 0.5),
                                 preset_rule("torch")};
    static float g[2][ALL], p[2][ALL];
    clstep__norm norms[2] = {{.leaves = 0}}, all = {.leaves = 0};
    for (size_t k = 0; k < ALL; k++)
        g[0][k] = 1e-3f * (float)(k % 1013) - 0.3f;
    clstep__norm_add_own(&norms[0], g[0], FIRST);
    clstep__norm_add_own(&norms[1], g[0] + FIRST, SECOND);
    clstep__norm_add(&all, g[0], FIRST);
    clstep__norm_add(&all, g[0] + FIRST, SECOND);
    for (size_t k = 0; k < ALL; k++)
        g[1][k] = clstep__clip_by_norm(&rules[0], clstep__norm_of(_i ? &norms[k >= FIRST] : &all),
                                       g[0][k]);
    for (size_t m = 0; m < 2; m++) {
        cl_mem params = make_buffer(NULL, ALL), pool = make_buffer(NULL, ALL);
        cl_mem first = make_buffer(g[m], FIRST), second = make_buffer(g[m] + FIRST, SECOND);
        const clstep_tensor tensors[] = {{.param = params, .grad = pool, .count = FIRST},
                                         {.param = params,
                                          .param_offset = FIRST,
                                          .grad = pool,
                                          .grad_offset = FIRST,
                                          .count = SECOND}};
        const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rules[m], .tensors = tensors,
                                    .tensor_count = 2};
        const clstep_buffer gradients[] = {{.buffer = first}, {.buffer = second}};
        clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
        options.gradients = gradients;
        options.gradient_count = 2;
        clstep_optimizer *optimizer;
        ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
        for (int step = 0; step < 3; step++)
            ck_ok(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL));
        ck_ok(clstep_optimizer_finish(optimizer));
        read_buffer(params, 0, p[m], ALL);
        clstep_optimizer_destroy(optimizer);
        clReleaseMemObject(params);
        clReleaseMemObject(pool);
        clReleaseMemObject(first);
        clReleaseMemObject(second);
    }
    for (size_t k = 0; k < ALL; k++)
        ck_assert_msg(memcmp(&p[0][k], &p[1][k], sizeof(float)) == 0,
                      "element %zu is %a instead of %a", k, (double)p[0][k], (double)p[1][k]);
    totals->compared += ALL;
}
END_TEST

/* A rounding more or less in a sum of four squares changes the last bit of few norms: of many small
 * tensors, it changes some. */
START_TEST(every_rounding)
{
    enum { TENSORS = 400, COUNT = 4 * CLSTEP_NORM_LANES, ALL = TENSORS * COUNT };
    static float g[2][ALL], p[2][ALL];
    static clstep_tensor tensors[TENSORS];
    clstep_rule rules[] = {preset_rule("sgd"), preset_rule("sgd")};
    uint32_t random = 1;
    rules[0].clip = CLSTEP_CLIP_NORM;
    rules[0].clip_bound = 0.5;
    for (size_t i = 0; i < TENSORS; i++) {
        clstep__norm norm = {.leaves = 0};
        for (size_t k = i * COUNT; k < (i + 1) * COUNT; k++) {
            random = random * 1664525u + 1013904223u;
            g[0][k] = (float)(random >> 8) * 0x1p-24f - 0.5f;
        }
        clstep__norm_add_own(&norm, g[0] + i * COUNT, COUNT);
        for (size_t k = i * COUNT; k < (i + 1) * COUNT; k++)
            g[1][k] = clstep__clip_by_norm(&rules[0], clstep__norm_of(&norm), g[0][k]);
    }
    for (size_t m = 0; m < 2; m++) {
        cl_mem params = make_buffer(NULL, ALL), grads = make_buffer(g[m], ALL);
        for (size_t i = 0; i < TENSORS; i++)
            tensors[i] = (clstep_tensor){.param = params,
                                         .param_offset = i * COUNT,
                                         .grad = grads,
                                         .grad_offset = i * COUNT,
                                         .count = COUNT};
        const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rules[m], .tensors = tensors,
                                    .tensor_count = TENSORS};
        clstep_optimizer *optimizer;
        ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
        ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
        ck_ok(clstep_optimizer_finish(optimizer));
        read_buffer(params, 0, p[m], ALL);
        clstep_optimizer_destroy(optimizer);
        clReleaseMemObject(params);
        clReleaseMemObject(grads);
    }
    for (size_t k = 0; k < ALL; k++)
        ck_assert_msg(memcmp(&p[0][k], &p[1][k], sizeof(float)) == 0,
                      "element %zu of tensor %zu is %a instead of %a", k % COUNT, k / COUNT,
                      (double)p[0][k], (double)p[1][k]);
    totals->compared += ALL;
}
END_TEST

START_TEST(what_is_refused)
{
    clstep_rule rule = clipped_rule(CLSTEP_CLIP_GLOBAL_NORM, 1);
    cl_mem buffer = make_buffer(NULL, 8), other = make_buffer(NULL, 8);
    clstep_tensor tensor = {.param = buffer, .grad = other, .count = 4};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1};
    clstep_optimizer *optimizer;
    clstep_buffer norm;
    tensor.param_dtype = CLSTEP_DTYPE_FLOAT64;
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_UNSUPPORTED, "CLSTEP_CLIP_GLOBAL_NORM");
    tensor.param_dtype = CLSTEP_DTYPE_FLOAT32;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_refused(clstep_optimizer_get_norm(optimizer, NULL), CLSTEP_INVALID_ARGUMENT, "norm");
    ck_refused(clstep_optimizer_get_norm(NULL, &norm), CLSTEP_INVALID_ARGUMENT, "optimizer");
    rule.clip_bound = 2; /* a number may change */
    ck_ok(clstep_optimizer_set_rule(optimizer, 0, &rule));
    rule.clip = CLSTEP_CLIP_VALUE; /* a switch may not */
    ck_refused(clstep_optimizer_set_rule(optimizer, 0, &rule), CLSTEP_INVALID_ARGUMENT,
               "rule.clip ");
    clstep_optimizer_destroy(optimizer);
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_refused(clstep_optimizer_get_norm(optimizer, &norm), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_CLIP_GLOBAL_NORM");
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(buffer);
    clReleaseMemObject(other);
}
END_TEST

Suite *clip_cases_suite(void)
{
    Suite *suite = suite_create("clip_cases");
    TCase *tests = tcase_create("clip_cases");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, shared_kernels, 0, 2);
    tcase_add_test(tests, nan_for_another_group);
    tcase_add_test(tests, every_rounding);
    tcase_add_test(tests, what_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
