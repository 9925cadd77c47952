/* Each tensor counts its own steps, in checkpoints too. */
#include "checkpoint_parts.h"

#include <string.h>

static void open_counts(void)
{
    fixture_open();
    parts_rule = preset_rule("adam");
    parts_rule.lr = 0.01;
    parts_state_storage = CLSTEP_STATE_FULL;
    parts_param_dtype = CLSTEP_DTYPE_FLOAT32;
}

/* "a" takes every step, "b" the first, "c" the last two. */
static parts_model trained(void)
{
    parts_model m = parts_make(abc, 3, 1);
    parts_step(&m, "001");
    parts_step(&m, "010");
    parts_step(&m, "010");
    return m;
}

START_TEST(own_counts)
{
    static unsigned char wanted[4 * COUNT];
    const clstep_load_options options = parts_options(1, 0);
    parts_model old = trained(), new = parts_make(abc, 3, 1), other = parts_make(cab, 3, 1);
    parts_saved file = parts_save(&old, 1);
    ck_assert_ptr_nonnull(strstr(parts_metadata(&file), "\"tensor_steps\":[3,1,2]"));
    ck_assert_uint_eq(clstep_checkpoint_tensor_steps(file.checkpoint, 0, 1), 1);
    ck_ok(clstep_checkpoint_load(file.checkpoint, new.optimizer, the.queue, &options));
    ck_assert_uint_eq(steps_of(new.optimizer), 3);
    ck_assert_uint_eq(parts_taken(&new, 0), 3);
    ck_assert_uint_eq(parts_taken(&new, 1), 1);
    ck_assert_uint_eq(parts_taken(&new, 2), 2);
    parts_saved again = parts_save(&new, 1);
    ck_assert_uint_eq(again.size, file.size);
    ck_assert_mem_eq(again.bytes, file.bytes, file.size);
    ck_ok(clstep_checkpoint_load(file.checkpoint, other.optimizer, the.queue, &options));
    ck_assert_uint_eq(parts_taken(&other, 0), 2);
    for (int i = 0; i < 2; i++) {
        parts_step(&old, NULL);
        parts_step(&new, NULL);
        parts_step(&other, NULL);
    }
    params_of(&old, wanted);
    same_params(&new, wanted);
    same_params(&other, wanted);
    parts_forget(&file);
    parts_forget(&again);
    parts_drop(&old);
    parts_drop(&new);
    parts_drop(&other);
}
END_TEST

/* The file that clstep_checkpoint_declare() makes, as `clstep apply` uses it, is the same. */
START_TEST(declared_counts)
{
    static unsigned char wanted[4 * COUNT], copy[4 * COUNT];
    const uint64_t steps[] = {3, 1, 2}, counts[] = {300, 128, 1000};
    const clstep_tensor_name names[] = {
        {"a", &counts[0], 1}, {"b", &counts[1], 1}, {"c", &counts[2], 1}};
    clstep_checkpoint_group group = CLSTEP_CHECKPOINT_GROUP_INIT;
    clstep_load_options options = parts_options(1, 0);
    parts_model old = trained(), new = parts_make(abc, 3, 1);
    parts_saved file = parts_save(&old, 1), declared;
    const clstep_safetensors *from = clstep_checkpoint_file(file.checkpoint);
    clstep_writer *writer;
    group.rule = &parts_rule;
    group.tensors = names;
    group.tensor_count = 3;
    group.tensor_steps = steps;
    group.with_params = 1;
    group.param_storage = CLSTEP_PARAM_STOCHASTIC;
    ck_ok(clstep_writer_create(&writer, NULL));
    ck_ok(clstep_checkpoint_declare(writer, 3, 0, 1, &group));
    ck_ok(clstep_writer_begin(writer));
    for (size_t i = 0; i < clstep_safetensors_tensor_count(from); i++) {
        clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
        ck_ok(clstep_safetensors_tensor_at(from, i, &array));
        ck_ok(clstep_safetensors_read(from, i, 0, array.bytes, copy));
        ck_ok(clstep_writer_write(writer, i, 0, array.bytes, copy));
    }
    ck_ok(clstep_writer_take(writer, &declared.bytes, &declared.size));
    clstep_writer_destroy(writer);
    ck_assert_uint_eq(declared.size, file.size);
    ck_assert_mem_eq(declared.bytes, file.bytes, file.size);
    ck_ok(clstep_checkpoint_open_memory(&declared.checkpoint, declared.bytes, declared.size));
    ck_ok(clstep_checkpoint_load(declared.checkpoint, new.optimizer, the.queue, &options));
    parts_step(&old, NULL);
    parts_step(&new, NULL);
    params_of(&old, wanted);
    same_params(&new, wanted);
    parts_forget(&file);
    parts_forget(&declared);
    parts_drop(&old);
    parts_drop(&new);
}
END_TEST

/* A tensor that the checkpoint lacks keeps its own count with its own state; a part of a checkpoint
 * takes the counts of its tensors. */
START_TEST(counts_of_others)
{
    static unsigned char wanted[4 * COUNT];
    clstep_load_options options = parts_options(1, 0);
    parts_model old = parts_make(abc, 1, 1), all = parts_make(abc, 3, 1),
                alone = parts_make(&abc[1], 2, 1);
    parts_step(&old, NULL);
    parts_step(&old, NULL);
    parts_step(&all, NULL); /* of which "b" and "c" stay */
    parts_step(&alone, NULL);
    parts_saved file = parts_save(&old, 1);
    ck_refused(clstep_checkpoint_load(file.checkpoint, all.optimizer, the.queue, &options),
               CLSTEP_INVALID_ARGUMENT, "\"b\" of group 0 is not in the checkpoint");
    ck_assert_uint_eq(parts_taken(&all, 0), 1);
    options.allow_missing = 1;
    ck_ok(clstep_checkpoint_load(file.checkpoint, all.optimizer, the.queue, &options));
    ck_assert_uint_eq(steps_of(all.optimizer), 2);
    ck_assert_uint_eq(parts_taken(&all, 0), 2);
    ck_assert_uint_eq(parts_taken(&all, 1), 1);
    parts_step(&old, NULL);
    parts_step(&alone, NULL);
    parts_step(&all, NULL);
    params_of(&old, wanted);
    read_buffer(alone.params, 384, (float *)(void *)wanted + 384, COUNT - 384);
    same_params(&all, wanted);
    parts_forget(&file);
    file = parts_save(&all, 1);
    options = parts_options(1, 1);
    ck_ok(clstep_checkpoint_load(file.checkpoint, alone.optimizer, the.queue, &options));
    ck_assert_uint_eq(steps_of(alone.optimizer), 3);
    ck_assert_uint_eq(parts_taken(&alone, 0), 2);
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&all);
    parts_drop(&alone);
}
END_TEST

Suite *checkpoint_counts_suite(void)
{
    Suite *suite = suite_create("checkpoint_counts");
    TCase *tests = tcase_create("checkpoint_counts");
    tcase_add_checked_fixture(tests, open_counts, fixture_close);
    tcase_add_test(tests, own_counts);
    tcase_add_test(tests, declared_counts);
    tcase_add_test(tests, counts_of_others);
    suite_add_tcase(suite, tests);
    return suite;
}
