/* Results do not depend on how a step is launched: vector width, chunks, work-groups, buffers,
 * groups. */
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 3 };

static void run(trial *t)
{
    trial_open(t);
    for (int s = 0; s < STEPS; s++)
        trial_step(t);
    trial_close(t);
}

static clstep_rule full_rule(void)
{
    clstep_rule rule = preset_rule("hinton");
    rule.centered = 1;
    rule.momentum = 0.9;
    rule.weight_decay = 0.01;
    return rule;
}

/* The bodies for CPUs (unaligned vectors) and for GPUs (aligned ones and single elements). */
START_TEST(launch_options)
{
    static const uint32_t widths[] = {1, 4, 8, 16};
    static const uint32_t group_sizes[] = {1, 7, 64};
    static const uint32_t chunks[] = {16, 1024, 1u << 30};
    for (size_t i = 0; i < 4 * 3 * 3 * 2; i++) {
        clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
        options.vector_width = widths[i % 4];
        options.work_group_size = group_sizes[i / 4 % 3];
        options.chunk_elements = chunks[i / 12 % 3];
        options.access = (clstep_access)(i / 36 + 1);
        static trial t;
        const clstep_rule rule = full_rule();
        char name[96];
        snprintf(name, sizeof name, "width %u, work-group %u, chunk %u, aligned %u",
                 options.vector_width, options.work_group_size, options.chunk_elements,
                 (unsigned)options.access);
        trial_standard(&t, name, &rule);
        ck_ok(clstep_engine_create(&t.engine, the.context, the.device, &options));
        clstep_engine *engine = t.engine;
        run(&t);
        clstep_engine_destroy(engine);
    }
}
END_TEST

/* Every tensor in buffers of its own, in one launch and more than it can take; and buffers that are
 * shared crosswise. */
START_TEST(many_buffers)
{
    static const char *const presets[] = {"hinton", "sgd", "adagrad", "adam"};
    for (size_t p = 0; p < sizeof presets / sizeof *presets; p++) {
        enum { FEW, BINDING, CROSSWISE, WAYS };
        for (int way = 0; way < WAYS; way++) {
            static trial t;
            const clstep_rule rule = preset_rule(presets[p]);
            trial_standard(&t, presets[p], &rule);
            for (size_t i = 0; i < t.tensor_count; i++) {
                t.tensors[i].param_buffer = way == CROSSWISE ? i % 3 : i;
                t.tensors[i].grad_buffer = way == CROSSWISE ? i % 5 : i;
            }
            if (way == BINDING)
                trial_own_buffers(&t);
            run(&t);
        }
    }
}
END_TEST

/* More groups than one launch can take, with step constants of their own; and groups of different
 * variants.
 */
START_TEST(many_groups)
{
    for (int mixed = 0; mixed < 2; mixed++) {
        static trial t;
        const clstep_rule plain = preset_rule("torch");
        trial_standard(&t, mixed ? "groups of many shapes" : "many groups", &plain);
        t.group_count = 11;
        for (size_t g = 0; g < t.group_count; g++) {
            t.rules[g] = preset_rule(mixed && g % 3 == 1   ? "adam"
                                     : mixed && g % 3 == 2 ? "sgd"
                                                           : "torch");
            t.rules[g].lr = 0.01 * (double)(g + 1);
            t.rules[g].weight_decay = g % 2 ? 0.1 * (double)g : 0;
            if (mixed && g == 3)
                t.rules[g].initial_square_avg = 0.5;
        }
        for (size_t i = 0; i < t.tensor_count; i++)
            t.tensors[i].group = i % t.group_count;
        run(&t);
    }
}
END_TEST

/* Sub-buffers are buffers of their own. */
START_TEST(sub_buffers)
{
    float p[2048], g[1024];
    for (int i = 0; i < 2048; i++)
        p[i] = (float)i * 0.001f;
    for (int i = 0; i < 1024; i++)
        g[i] = (float)(i - 512) * 0.01f;
    cl_mem whole = make_buffer(p, 2048);
    cl_mem grads = make_buffer(g, 1024);
    const cl_buffer_region regions[2] = {{0, 1024 * sizeof(float)},
                                         {1024 * sizeof(float), 1024 * sizeof(float)}};
    cl_mem parts[2];
    for (int i = 0; i < 2; i++) {
        cl_int code;
        parts[i] = clCreateSubBuffer(whole, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION,
                                     &regions[i], &code);
        ck_cl(code);
    }
    const clstep_rule rule = preset_rule("sgd");
    const clstep_tensor tensors[] = {
        {.param = parts[0], .grad = grads, .count = 1024},
        {.param = parts[1], .grad = grads, .count = 1024},
    };
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors, .tensor_count = 2};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    float updated[2048];
    read_buffer(whole, 0, updated, 2048);
    for (int i = 0; i < 2048; i++)
        ck_assert(updated[i] == fmaf(-(float)rule.lr, g[i % 1024], p[i]));
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(parts[0]);
    clReleaseMemObject(parts[1]);
    clReleaseMemObject(grads);
    clReleaseMemObject(whole);
}
END_TEST

/* The caller's own memory need not be aligned as vectors must be. */
START_TEST(host_memory)
{
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    options.vector_width = 16;
    options.access = CLSTEP_ACCESS_ALIGNED;
    clstep_engine *engine;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, &options));
    static float memory[2000];
    float *p = memory;
    while ((uintptr_t)p % 64 != 16)
        p++;
    static float contents[1024];
    for (int i = 0; i < 1024; i++)
        contents[i] = (float)i;
    cl_int code;
    cl_mem params = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                                   1024 * sizeof(float), p, &code);
    ck_cl(code);
    write_buffer(params, 0, contents, 1024);
    cl_mem grads = make_buffer(NULL, 1024);
    clstep_rule rule = preset_rule("sgd");
    rule.weight_decay = 1;
    const clstep_tensor tensor = {.param = params, .grad = grads, .count = 1024};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, engine, the.queue, 1, &group, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    static float updated[1024];
    read_buffer(params, 0, updated, 1024);
    for (int i = 0; i < 1024; i++)
        ck_assert(updated[i] == fmaf(-(float)rule.lr, (float)i, (float)i));
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}
END_TEST

/* Offsets beyond 2^32 elements: PoCL commits memory only where it is touched, so that a buffer of
 * 17 GiB costs a few pages. Devices whose largest buffer is smaller cannot run it; the arithmetic
 * of the plan is tested without a device. */
START_TEST(offsets_beyond_32_bits)
{
    const uint64_t offset = ((uint64_t)1 << 32) + 12345;
    const size_t count = 5000;
    cl_ulong largest = 0;
    ck_cl(
        clGetDeviceInfo(the.device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL));
    if (largest < (offset + 2 * count) * sizeof(float)) {
        fprintf(stderr, "offsets_beyond_32_bits: not run, the largest buffer is %.1f GiB\n",
                (double)largest / 1073741824.0);
        return;
    }
    cl_int code;
    cl_mem huge = clCreateBuffer(the.context, CL_MEM_READ_WRITE,
                                 ((size_t)offset + 2 * count) * sizeof(float), NULL, &code);
    ck_cl(code);
    static float p[5000], g[5000], updated[5000];
    for (size_t i = 0; i < count; i++) {
        p[i] = (float)i * 0.001f;
        g[i] = (float)i * 0.002f - 5;
    }
    write_buffer(huge, (size_t)offset, p, count);
    write_buffer(huge, (size_t)offset + count, g, count);
    const clstep_rule rule = preset_rule("sgd");
    const clstep_tensor tensor = {.param = huge,
                                  .grad = huge,
                                  .param_offset = offset,
                                  .grad_offset = offset + count,
                                  .count = count};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1};
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    read_buffer(huge, (size_t)offset, updated, count);
    for (size_t i = 0; i < count; i++)
        ck_assert(updated[i] == fmaf(-(float)rule.lr, g[i], p[i]));
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(huge);
}
END_TEST

Suite *shapes_suite(void)
{
    Suite *suite = suite_create("shapes");
    TCase *tests = tcase_create("shapes");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, launch_options);
    tcase_add_test(tests, many_buffers);
    tcase_add_test(tests, many_groups);
    tcase_add_test(tests, sub_buffers);
    tcase_add_test(tests, host_memory);
    suite_add_tcase(suite, tests);
    /* The fixture of this one makes PoCL offer large buffers. */
    TCase *large = tcase_create("large");
    tcase_add_checked_fixture(large, fixture_open_large, fixture_close);
    tcase_add_test(large, offsets_beyond_32_bits);
    suite_add_tcase(suite, large);
    return suite;
}
