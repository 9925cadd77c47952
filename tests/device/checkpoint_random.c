/* A checkpoint stores with each tensor's name where its random bits begin. */
#include "checkpoint_parts.h"

#include <string.h>

static void open_random(void)
{
    fixture_open();
    parts_rule = preset_rule("torch");
    parts_rule.lr = 1e-3;
    parts_state_storage = CLSTEP_STATE_8BIT;
    parts_param_dtype = CLSTEP_DTYPE_BFLOAT16;
}

/* The same tensors in another order, and each in an optimizer of its own, go on with the bits of
 * training that never stopped. */
START_TEST(same_random_bits)
{
    static unsigned char wanted[4 * COUNT];
    const clstep_load_options options = parts_options(1, 1);
    parts_model old = parts_make(abc, 3, _i), other = parts_make(cab, 3, 1);
    parts_step(&old, NULL);
    parts_step(&old, NULL);
    parts_saved file = parts_save(&old, 1);
    ck_ok(clstep_checkpoint_load(file.checkpoint, other.optimizer, the.queue, &options));
    parts_step(&old, NULL);
    parts_step(&other, NULL);
    params_of(&old, wanted);
    static unsigned char got[4 * COUNT];
    params_of(&other, got);
    for (size_t i = 0; i < 3; i++)
        same_part(&abc[i], got, wanted);
    for (size_t i = 0; i < 3; i++) {
        parts_model alone = parts_make(&abc[i], 1, 1);
        ck_ok(clstep_checkpoint_load(file.checkpoint, alone.optimizer, the.queue, &options));
        parts_step(&alone, NULL);
        params_of(&alone, got);
        same_part(&abc[i], got, wanted);
        parts_drop(&alone);
    }
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&other);
}
END_TEST

/* Parts of "c", cut at a multiple of 128, in an optimizer of their own from the beginning on. */
START_TEST(cut_tensors)
{
    static const part cuts[] = {{"c.1", 1024, 488}, {"c.0", 512, 512}};
    static const part turned[] = {{"c.0", 512, 512}, {"c.1", 1024, 488}};
    static unsigned char wanted[4 * COUNT], got[4 * COUNT];
    const clstep_load_options options = parts_options(1, 0);
    parts_model whole = parts_make(abc, 3, 1), cut = parts_make(cuts, 2, 1),
                new = parts_make(turned, 2, 1);
    for (int i = 0; i < 3; i++)
        parts_step(&whole, NULL);
    parts_step(&cut, NULL);
    parts_step(&cut, NULL);
    parts_saved file = parts_save(&cut, 1);
    ck_ok(clstep_checkpoint_load(file.checkpoint, new.optimizer, the.queue, &options));
    parts_step(&new, NULL);
    params_of(&whole, wanted);
    params_of(&new, got);
    same_part(&abc[2], got, wanted);
    const char *told = parts_metadata(&file);
    ck_assert_ptr_nonnull(strstr(told, "\"first_elements\":[1024,512]"));
    ck_assert_ptr_null(strstr(told, "tensor_steps")); /* all alike */
    parts_forget(&file);
    parts_drop(&whole);
    parts_drop(&cut);
    parts_drop(&new);
}
END_TEST

/* Other random bits are never drawn without a word. */
START_TEST(other_random_bits)
{
    static unsigned char before[4 * COUNT];
    clstep_load_options options = parts_options(1, 0);
    parts_model old = parts_make(abc, 3, 0), other = parts_make(cab, 3, 0);
    parts_step(&old, NULL);
    parts_saved file = parts_save(&old, 1);
    params_of(&other, before);
    ck_refused(clstep_checkpoint_load(file.checkpoint, other.optimizer, the.queue, &options),
               CLSTEP_INVALID_ARGUMENT,
               "the first element of \"c\" is number 512 in the checkpoint, but 0 in the "
               "optimizer; create the optimizer with clstep_tensor.first_element 512");
    ck_assert_uint_eq(steps_of(other.optimizer), 0);
    same_params(&other, before);
    options.convert = 1;
    ck_ok(clstep_checkpoint_load(file.checkpoint, other.optimizer, the.queue, &options));
    parts_forget(&file);
    parts_drop(&old);
    parts_drop(&other);
}
END_TEST

Suite *checkpoint_random_suite(void)
{
    Suite *suite = suite_create("checkpoint_random");
    TCase *tests = tcase_create("checkpoint_random");
    tcase_add_checked_fixture(tests, open_random, fixture_close);
    tcase_add_loop_test(tests, same_random_bits, 0, 2);
    tcase_add_test(tests, cut_tensors);
    tcase_add_test(tests, other_random_bits);
    suite_add_tcase(suite, tests);
    return suite;
}
