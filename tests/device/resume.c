/* Trains a small model, in one process or in two with a checkpoint in between. */
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t shapes[RESUME_TENSORS][4] = {{1}, {7}, {0}, {33, 5}, {3, 3, 64, 17}};
static const size_t ranks[RESUME_TENSORS] = {1, 1, 1, 2, 4};
enum { ELEMENTS = 2 * (1 + 7 + 0 + 165 + 9792), GAP = 3 };

const clstep_tensor_name model_names[RESUME_GROUPS * RESUME_TENSORS] = {
    {"bias", shapes[0], 1},      {"a/b:0", shapes[1], 1},      {"empty", shapes[2], 1},
    {"dense.0.w", shapes[3], 2}, {"conv \"ü\"", shapes[4], 4}, {"2.bias", shapes[0], 1},
    {"2.a/b:0", shapes[1], 1},   {"2.empty", shapes[2], 1},    {"2.dense.0.w", shapes[3], 2},
    {"2.conv", shapes[4], 4}};

static float number(unsigned step, size_t index)
{
    unsigned long long z = ((unsigned long long)step << 32 | index) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z ^= z >> 27;
    if (index % 13 == 4)
        return 0;
    const unsigned bits = (unsigned)(z & 0x807fffff) | (127 - 15 + (unsigned)(z >> 40) % 20) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static cl_mem numbers(unsigned step)
{
    static float values[ELEMENTS + 2 * RESUME_TENSORS * GAP];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = number(step, i);
    return make_buffer(values, sizeof values / sizeof *values);
}

static void create(model *m)
{
    m->params = numbers(1000);
    m->grads = numbers(1001);
    uint64_t offset = 0;
    clstep_group groups[RESUME_GROUPS] = {0};
    for (size_t g = 0; g < RESUME_GROUPS; g++) {
        for (size_t i = 0; i < RESUME_TENSORS; i++) {
            uint64_t count = 1;
            for (size_t d = 0; d < ranks[i]; d++)
                count *= shapes[i][d];
            m->tensors[g][i] = (clstep_tensor){.param = m->params,
                                               .grad = m->grads,
                                               .param_offset = offset + GAP,
                                               .grad_offset = offset,
                                               .count = count};
            offset += count + GAP;
        }
        groups[g] = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &m->rules[g],
                                   .tensors = m->tensors[g], .tensor_count = RESUME_TENSORS};
    }
    ck_ok(clstep_optimizer_create(&m->optimizer, the.engine, the.queue, RESUME_GROUPS, groups, NULL,
                                  NULL));
}

void model_open(model *m, const clstep_rule *rule)
{
    m->rules[0] = m->rules[1] = *rule;
    m->rules[1].lr = rule->lr / 3;
    create(m);
}

void model_resume(model *m, const char *path)
{
    clstep_checkpoint *checkpoint;
    ck_ok(clstep_checkpoint_open(&checkpoint, path));
    ck_assert_uint_eq(clstep_checkpoint_group_count(checkpoint), RESUME_GROUPS);
    for (size_t g = 0; g < RESUME_GROUPS; g++) {
        m->rules[g] = (clstep_rule)CLSTEP_RULE_INIT;
        ck_ok(clstep_checkpoint_rule(checkpoint, g, &m->rules[g]));
    }
    create(m);
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.names = model_names;
    options.name_count = RESUME_GROUPS * RESUME_TENSORS;
    options.with_params = 1;
    options.allow_nan = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, m->optimizer, the.queue, &options));
    clstep_checkpoint_close(checkpoint);
}

void model_train(model *m, unsigned first, unsigned last)
{
    for (unsigned step = first; step < last; step++) {
        cl_mem new_grads = numbers(step);
        size_t bytes;
        ck_cl(clGetMemObjectInfo(new_grads, CL_MEM_SIZE, sizeof bytes, &bytes, NULL));
        ck_cl(clEnqueueCopyBuffer(the.queue, new_grads, m->grads, 0, 0, bytes, 0, NULL, NULL));
        ck_ok(clstep_optimizer_step(m->optimizer, the.queue, NULL, 0, NULL, NULL));
        clReleaseMemObject(new_grads);
    }
}

void model_save(const model *m, const char *path)
{
    clstep_save_options options = CLSTEP_SAVE_OPTIONS_INIT;
    options.names = model_names;
    options.name_count = RESUME_GROUPS * RESUME_TENSORS;
    options.with_params = 1;
    options.allow_nan = 1;
    ck_ok(clstep_checkpoint_save(m->optimizer, the.queue, &options, path));
}

void model_close(model *m)
{
    clstep_optimizer_destroy(m->optimizer);
    clReleaseMemObject(m->params);
    clReleaseMemObject(m->grads);
}

static const char *folder;
static int models;

START_TEST(resume)
{
    for (int i = 0; i < models; i++) {
        char from[256], to[256];
        snprintf(from, sizeof from, "%s/half.%d", folder, i);
        snprintf(to, sizeof to, "%s/resumed.%d", folder, i);
        model m;
        model_resume(&m, from);
        model_train(&m, (unsigned)steps_of(m.optimizer), RESUME_WHOLE);
        model_save(&m, to);
        model_close(&m);
    }
}
END_TEST

/* A runner of its own, since Check's assertions need one. */
int resume_main(const char *in, const char *count)
{
    folder = in;
    models = atoi(count);
    unsetenv("CK_RUN_SUITE");
    unsetenv("CK_RUN_CASE");
    Suite *suite = suite_create("resume");
    TCase *tests = tcase_create("resume");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, resume);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    const int failed = srunner_ntests_failed(runner);
    if (failed)
        srunner_print(runner, CK_VERBOSE);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
