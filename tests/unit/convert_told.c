/* What files and callers say about a state: rules, steps, lr, groups. */
#include "convert_fixture.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

/* ---- files that are taken although they do not tell their rule */

START_TEST(told_by_the_caller)
{
    const convert_array arrays[] = {convert_square("b.square_avg"),
                                    convert_square("a.c.square_avg"), convert_number("b.step", 3),
                                    convert_number("a.c.step", 3)};
    store_bytes source = convert_file(arrays, 4, NULL);
    translation t = translate(source, "torch", "clstep", NULL);
    ck_exact(&t);
    const clstep_rule rule = convert_rule("torch", 0, 0);
    ck_rule(t.bytes, &rule, 3);
    ck_bits(t.bytes, "a.c.square_avg", arrays[0].values);
    translation_free(&t);
    free(source.at);
}
END_TEST

START_TEST(different_counts)
{
    const convert_array arrays[] = {convert_square("b.square_avg"), convert_square("a.square_avg"),
                                    convert_number("b.step", 3), convert_number("a.step", 5)};
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_file(arrays, 4, NULL);
    translation t = translate(source, "torch", "clstep", NULL);
    store_failed(t.status, CLSTEP_UNSUPPORTED, "tensors have taken different numbers of steps");
    options.allow_inexact = 1;
    t = translate(source, "torch", "clstep", &options);
    ck_said(&t, "(\"b\" 3, \"a\" 5): the largest is used for all");
    const clstep_rule rule = convert_rule("torch", 0, 0);
    ck_rule(t.bytes, &rule, 5);
    translation_free(&t);
    free(source.at);
}
END_TEST

/* Keras's file has its lr, and its count in an integer. */
START_TEST(lr_of_the_file)
{
    convert_array arrays[] = {convert_square("rmsprop/w_velocity"),
                              convert_number("rmsprop/learning_rate", 0.375f),
                              {.name = "rmsprop/iteration", .dtype = "I32", .has_shape = 1}};
    const int32_t steps = 1234;
    memcpy(arrays[2].values, &steps, sizeof steps);
    store_bytes source = convert_file(arrays, 3, NULL);
    translation t = translate(source, "keras", "clstep", NULL);
    ck_exact(&t);
    clstep_rule rule = convert_rule("keras", 0, 0);
    rule.lr = 0.375;
    ck_rule(t.bytes, &rule, 1234);
    translation_free(&t);
    free(source.at);
}
END_TEST

/* Where no step was taken, what a missing array starts as is known. */
START_TEST(before_the_first_step)
{
    static const char about[] = "{\"format\":1,\"step\":0,\"groups\":[{\"preset\":\"timm\","
                                "\"momentum\":0.5,\"tensors\":[\"w\"]}]}";
    static const float ones[CONVERT_COUNT] = {1, 1, 1, 1}, zeros[CONVERT_COUNT] = {0};
    const convert_array param[] = {convert_square("w")};
    store_bytes source = convert_file(param, 1, about);
    translation t = translate(source, "timm", "clstep", NULL);
    ck_exact(&t);
    ck_bits(t.bytes, "w", param[0].values);
    ck_bits(t.bytes, "w.square_avg", ones);
    ck_bits(t.bytes, "w.momentum_buffer", zeros);
    translation_free(&t);
    free(source.at);
    source = convert_file(param, 0, about);
    t = translate(source, "timm", "clstep", NULL);
    store_failed(t.status, CLSTEP_UNSUPPORTED, "its shape is unknown");
    free(source.at);
}
END_TEST

/* TensorFlow 1 fills the slot although the rule has no momentum. */
START_TEST(spare_momentum)
{
    const convert_array arrays[] = {convert_square("w/RMSProp"), convert_square("w/RMSProp_1")};
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    options.has_steps = 1;
    options.steps = 6;
    options.without_momentum = 1;
    store_bytes source = convert_file(arrays, 2, NULL);
    translation t = translate(source, "tf1", "clstep", &options);
    ck_exact(&t);
    ck_assert(!has_array(t.bytes, "w.momentum_buffer"));
    translation_free(&t);
    free(source.at);
}
END_TEST

/* ---- files that tell their rule */

static const char torch_twice[] =
    "{\"format\":1,\"step\":4,\"groups\":[{\"preset\":\"torch\",\"lr\":0.5,\"tensors\":[\"a\"]},"
    "{\"preset\":\"torch\",\"lr\":0.25,\"tensors\":[\"b\"]}]}";

START_TEST(groups)
{
    const convert_array arrays[] = {convert_square("a.square_avg"), convert_number("a.step", 4),
                                    convert_square("b.square_avg"), convert_number("b.step", 4)};
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_file(arrays, 4, torch_twice);
    translation t = translate(source, "torch", "torch", NULL);
    ck_exact(&t);
    translation_free(&t);
    options.allow_inexact = 1;
    t = translate(source, "torch", "keras", &options);
    store_failed(t.status, CLSTEP_UNSUPPORTED, "groups have different lr (0.5 and 0.25)");
    t = translate(source, "torch", "optax", &options);
    ck_assert_int_eq(t.status, CLSTEP_OK);
    ck_said(&t, "the target rounds as "); /* once for both groups */
    translation_free(&t);
    free(source.at);
}
END_TEST

START_TEST(contradictions)
{
    const convert_array arrays[] = {convert_square("a.square_avg"), convert_number("a.step", 4),
                                    convert_square("b.square_avg"), convert_number("b.step", 5)};
    const clstep_rule rule = convert_rule("torch", 0, 0);
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_file(arrays, 4, torch_twice);
    options.allow_inexact = 1;
    translation t = translate(source, "torch", "clstep", &options);
    store_failed(t.status, CLSTEP_INVALID_FILE, "the metadata say 4 steps, but the arrays say 5");
    options.rule = &rule;
    t = translate(source, "torch", "clstep", &options);
    store_failed(t.status, CLSTEP_INVALID_ARGUMENT, "options->rule is given");
    options.rule = NULL;
    options.has_steps = 1;
    t = translate(source, "torch", "clstep", &options);
    store_failed(t.status, CLSTEP_INVALID_ARGUMENT, "options->steps is given");
    ck_assert_ptr_null(strstr(clstep_last_error()->message, "options->change"));
    free(source.at);
}
END_TEST

START_TEST(another_lr)
{
    static const char keras[] = "{\"format\":1,\"step\":4,\"groups\":[{\"preset\":\"keras\","
                                "\"lr\":0.5,\"tensors\":[\"a\"]}]}";
    const convert_array arrays[] = {convert_square("rmsprop/a_velocity"),
                                    convert_number("rmsprop/learning_rate", 0.25f)};
    store_bytes source = convert_file(arrays, 2, keras);
    translation t = translate(source, "keras", "clstep", NULL);
    store_failed(t.status, CLSTEP_INVALID_FILE,
                 "\"rmsprop/learning_rate\" is 0.25, but the metadata say an lr of 0.5");
    free(source.at);
}
END_TEST

Suite *convert_told_suite(void)
{
    Suite *suite = suite_create("convert_told");
    TCase *tests = tcase_create("convert_told");
    tcase_add_test(tests, told_by_the_caller);
    tcase_add_test(tests, different_counts);
    tcase_add_test(tests, lr_of_the_file);
    tcase_add_test(tests, before_the_first_step);
    tcase_add_test(tests, spare_momentum);
    tcase_add_test(tests, groups);
    tcase_add_test(tests, contradictions);
    tcase_add_test(tests, another_lr);
    suite_add_tcase(suite, tests);
    return suite;
}
