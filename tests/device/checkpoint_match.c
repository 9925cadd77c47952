/* Checkpoints and optimizers that differ: in groups, tensors or names. */
#include "fixture.h"

#include <clstep/store.h>
#include <stdlib.h>
#include <string.h>

enum { A = 300, B = 200 };

typedef struct {
    cl_mem params, grads;
    clstep_optimizer *optimizer;
} pair;

static clstep_rule rule;

/* Tensors "a" and "b" of one model in this order or the other, or one of them, in as many groups
 * as are asked for. */
static pair open_pair(const char *which, size_t groups)
{
    static float values[A + B];
    pair made;
    for (size_t i = 0; i < A + B; i++)
        values[i] = 1 + (float)i / 64;
    made.params = make_buffer(values, A + B);
    for (size_t i = 0; i < A + B; i++)
        values[i] = (float)(i % 17) / 32 - 0.25f;
    made.grads = make_buffer(values, A + B);
    clstep_tensor tensors[3] = {
        {.param = made.params, .grad = made.grads, .count = A, .name = "a"},
        {.param = made.params, .grad = made.grads, .count = B, .name = "b"}};
    tensors[1].param_offset = tensors[1].grad_offset = A;
    tensors[2] = tensors[0]; /* behind "b" */
    const size_t count = strlen(which);
    const clstep_tensor *first = &tensors[which[0] == 'b'];
    const clstep_group list[2] = {
        {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = first, .tensor_count = count / groups},
        {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = first + 1, .tensor_count = 1}};
    ck_ok(
        clstep_optimizer_create(&made.optimizer, the.engine, the.queue, groups, list, NULL, NULL));
    return made;
}

static void close_pair(pair *of)
{
    clstep_optimizer_destroy(of->optimizer);
    clReleaseMemObject(of->params);
    clReleaseMemObject(of->grads);
}

static void step(pair *of, int count)
{
    for (int i = 0; i < count; i++)
        ck_ok(clstep_optimizer_step(of->optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(of->optimizer));
}

static void read_params(const pair *of, float values[A + B])
{
    ck_cl(clEnqueueReadBuffer(the.queue, of->params, CL_TRUE, 0, (A + B) * sizeof *values, values,
                              0, NULL, NULL));
}

static clstep_checkpoint *save(pair *of, void **bytes)
{
    clstep_checkpoint *checkpoint;
    clstep_save_options options = CLSTEP_SAVE_OPTIONS_INIT;
    size_t size;
    options.with_params = 1;
    ck_ok(clstep_checkpoint_save_memory(of->optimizer, the.queue, &options, bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, *bytes, size));
    return checkpoint;
}

/* The load is refused, and nothing of the optimizer has changed. */
static void refuse(pair *of, const clstep_checkpoint *checkpoint,
                   const clstep_load_options *options, const char *part)
{
    void *before, *after;
    size_t size, size_after;
    clstep_save_options saving = CLSTEP_SAVE_OPTIONS_INIT;
    saving.with_params = 1;
    ck_ok(clstep_checkpoint_save_memory(of->optimizer, the.queue, &saving, &before, &size));
    ck_refused(clstep_checkpoint_load(checkpoint, of->optimizer, the.queue, options),
               CLSTEP_INVALID_ARGUMENT, part);
    ck_ok(clstep_checkpoint_save_memory(of->optimizer, the.queue, &saving, &after, &size_after));
    ck_assert_uint_eq(size, size_after);
    ck_assert_mem_eq(before, after, size);
    clstep_store_free(before);
    clstep_store_free(after);
}

static void open_all(void)
{
    fixture_open();
    rule = preset_rule("torch");
    rule.momentum = 0.9;
}

/* One group becomes two, and two one. */
START_TEST(other_groups)
{
    for (size_t from = 1; from <= 2; from++) {
        void *bytes;
        float wanted[A + B], got[A + B];
        pair old = open_pair("ab", from), new = open_pair("ab", 3 - from);
        clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
        step(&old, 3);
        clstep_checkpoint *checkpoint = save(&old, &bytes);
        step(&old, 2);
        read_params(&old, wanted);
        options.with_params = 1;
        refuse(&new, checkpoint, &options, "options->convert");
        options.convert = 1;
        ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options));
        step(&new, 2);
        read_params(&new, got);
        ck_assert_mem_eq(got, wanted, sizeof got);
        clstep_checkpoint_close(checkpoint);
        clstep_store_free(bytes);
        close_pair(&old);
        close_pair(&new);
    }
}
END_TEST

/* "a" of group 0 and "b" of group 1 are the other way round. */
START_TEST(other_places)
{
    void *bytes;
    float wanted[A + B], got[A + B];
    pair old = open_pair("ab", 2), new = open_pair("ba", 2);
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    step(&old, 2);
    clstep_checkpoint *checkpoint = save(&old, &bytes);
    step(&old, 1);
    read_params(&old, wanted);
    options.with_params = 1;
    refuse(&new, checkpoint, &options, "the tensor \"b\" of group 0 is not in that group of the");
    options.convert = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options));
    step(&new, 1);
    read_params(&new, got);
    ck_assert_mem_eq(got, wanted, sizeof got);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    close_pair(&old);
    close_pair(&new);
}
END_TEST

/* Two groups of other numbers cannot become one, unless the optimizer's numbers are meant. */
START_TEST(other_numbers)
{
    void *bytes;
    pair old = open_pair("ab", 2), new = open_pair("ab", 1);
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    clstep_rule other = rule;
    other.lr = 0.5;
    ck_ok(clstep_optimizer_set_rule(old.optimizer, 1, &other));
    step(&old, 1);
    clstep_checkpoint *checkpoint = save(&old, &bytes);
    options.convert = 1;
    refuse(&new, checkpoint, &options,
           "groups 0 and 1 of the checkpoint, whose rules have different");
    options.keep_rules = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    close_pair(&old);
    close_pair(&new);
}
END_TEST

/* "b" was frozen: it begins with fresh state, and "a" goes on. Then "b" is frozen again. */
START_TEST(unfrozen)
{
    void *bytes;
    float wanted[A + B], fresh[A + B], got[A + B];
    pair old = open_pair("a", 1), alone = open_pair("b", 1), new = open_pair("ab", 1);
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    step(&old, 3);
    clstep_checkpoint *checkpoint = save(&old, &bytes);
    ck_assert_str_eq(clstep_checkpoint_tensor_name(checkpoint, 0, 0), "a");
    ck_assert_int_eq(clstep_checkpoint_first_element(checkpoint, 0, 0, &(uint64_t){0}), 0);
    step(&old, 2);
    step(&alone, 2);
    read_params(&old, wanted);
    read_params(&alone, fresh);
    memcpy(wanted + A, fresh + A, B * sizeof *fresh);
    refuse(&new, checkpoint, &options, "\"b\" of group 0 is not in the checkpoint");
    options.allow_missing = 1;
    options.with_params = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    step(&new, 2);
    read_params(&new, got);
    ck_assert_mem_eq(got, wanted, sizeof got);
    checkpoint = save(&new, &bytes);
    step(&new, 1);
    step(&old, 1);
    read_params(&new, wanted);
    options.allow_missing = 0;
    refuse(&old, checkpoint, &options, "no tensor \"b\", which is in the checkpoint");
    options.allow_unused = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, old.optimizer, the.queue, &options));
    step(&old, 1);
    read_params(&old, got);
    ck_assert_mem_eq(got, wanted, A * sizeof *got);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    close_pair(&old);
    close_pair(&alone);
    close_pair(&new);
}
END_TEST

Suite *checkpoint_match_suite(void)
{
    Suite *suite = suite_create("checkpoint_match");
    TCase *tests = tcase_create("checkpoint_match");
    tcase_add_checked_fixture(tests, open_all, fixture_close);
    tcase_add_test(tests, other_groups);
    tcase_add_test(tests, other_places);
    tcase_add_test(tests, other_numbers);
    tcase_add_test(tests, unfrozen);
    suite_add_tcase(suite, tests);
    return suite;
}
