/* Files without metadata that are refused for what is in them, or is missing. */
#include "convert_fixture.h"
#include "suites.h"

#include <math.h>
#include <stdlib.h>

enum { NOT_TOLD = -1 };

/* `rule` may be NULL. */
static void refuse(const convert_array *arrays, size_t count, const char *from,
                   const clstep_rule *rule, int steps, clstep_status wanted, const char *part)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    options.rule = rule;
    options.has_steps = steps != NOT_TOLD;
    options.steps = options.has_steps ? (uint64_t)steps : 0;
    store_bytes source = convert_file(arrays, count, NULL);
    const translation t = translate(source, from, "clstep", &options);
    store_failed(t.status, wanted, part);
    free(source.at);
}

START_TEST(steps)
{
    const convert_array square = convert_square("w.square_avg");
    refuse(&square, 1, "torch", NULL, NOT_TOLD, CLSTEP_INVALID_ARGUMENT,
           "does not say how many steps were taken; give options->steps");
    refuse(ARRAYS(square, convert_number("w.step", 3)), "torch", NULL, 4, CLSTEP_INVALID_ARGUMENT,
           "is 4, but the file says 3");
    static const float wrong[] = {2.5f, -1, NAN, INFINITY, 1e30f};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuse(ARRAYS(square, convert_number("w.step", wrong[i])), "torch", NULL, NOT_TOLD,
               CLSTEP_INVALID_FILE, "a number of steps must be whole");
    refuse(ARRAYS(square, convert_square("w.step")), "torch", NULL, NOT_TOLD, CLSTEP_INVALID_FILE,
           "\"w.step\" must be one number");
    convert_array flag = convert_number("w.step", 0);
    flag.dtype = "U32";
    refuse(ARRAYS(square, flag), "torch", NULL, NOT_TOLD, CLSTEP_INVALID_FILE, "it is U32");
}
END_TEST

START_TEST(lr)
{
    const clstep_rule rule = convert_rule("keras", 0, 0);
    const convert_array velocity = convert_square("rmsprop/w_velocity");
    refuse(ARRAYS(velocity, convert_number("rmsprop/learning_rate", 0.25f)), "keras", &rule, 1,
           CLSTEP_INVALID_ARGUMENT, "give the rule an lr of 0.25");
    refuse(ARRAYS(velocity, convert_number("rmsprop/learning_rate", NAN)), "keras", NULL, 1,
           CLSTEP_INVALID_ARGUMENT, "lr is");
}
END_TEST

START_TEST(wrong_dialect)
{
    refuse(ARRAYS(convert_square("w.square_avg")), "clstep", NULL, 1, CLSTEP_INVALID_FILE,
           "is no checkpoint of clstep");
    refuse(ARRAYS(convert_square("w")), "torch", NULL, 1, CLSTEP_INVALID_FILE,
           "the file has no array square_avg of the dialect torch");
    refuse(ARRAYS(convert_square("w.square_avg")), "keras", NULL, 1, CLSTEP_INVALID_FILE,
           "the file has no array square_avg of the dialect keras");
    clstep_rule adam = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&adam, "adam"), CLSTEP_OK);
    refuse(ARRAYS(convert_square("w/RMSProp")), "tf1", &adam, 1, CLSTEP_UNSUPPORTED,
           "has RMSprop only");
    clstep_rule lion = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&lion, "lion"), CLSTEP_OK);
    refuse(ARRAYS(convert_square("w.exp_avg")), "torch", &lion, 1, CLSTEP_UNSUPPORTED,
           "PyTorch does not have this rule");
}
END_TEST

START_TEST(missing_and_extra)
{
    const clstep_rule centered = convert_rule("torch", 1, 0);
    const clstep_rule momentum = convert_rule("optax", 0, 1);
    const convert_array square = convert_square("w.square_avg");
    refuse(&square, 1, "torch", &centered, 1, CLSTEP_INVALID_FILE, "\"w.grad_avg\" is missing");
    refuse(ARRAYS(convert_square("nu.w")), "optax", &momentum, 1, CLSTEP_INVALID_FILE,
           "\"trace.w\" is missing");
    refuse(ARRAYS(convert_square("w/RMSProp")), "tf1", NULL, 1, CLSTEP_INVALID_FILE,
           "\"w/RMSProp_1\" is missing");
    refuse(ARRAYS(square, convert_square("w.grad_avg")), "torch", NULL, 1, CLSTEP_INVALID_FILE,
           "\"w.grad_avg\" is no array of this rule");
    refuse(ARRAYS(square, convert_square("v")), "torch", NULL, 1, CLSTEP_INVALID_FILE,
           "\"v\" is no array of this rule");
    refuse(ARRAYS(square, convert_square("w.square_avg.square_avg")), "torch", NULL, 1,
           CLSTEP_INVALID_FILE, "would belong to two tensors");
}
END_TEST

START_TEST(shapes_and_types)
{
    const clstep_rule centered = convert_rule("torch", 1, 0);
    const convert_array square = convert_square("w.square_avg");
    convert_array other = convert_square("w");
    other.has_shape = 1;
    other.rank = 2;
    other.shape[0] = other.shape[1] = 2;
    refuse(ARRAYS(square, other), "torch", NULL, 1, CLSTEP_INVALID_FILE,
           "\"w.square_avg\" has another shape");
    other = (convert_array){.name = "w.grad_avg", .has_shape = 1, .rank = 1, .shape = {3}};
    refuse(ARRAYS(square, other), "torch", &centered, 1, CLSTEP_INVALID_FILE,
           "\"w.grad_avg\" has another shape");
    other = (convert_array){
        .name = "w.square_avg", .dtype = "I32", .has_shape = 1, .rank = 1, .shape = {4}};
    refuse(&other, 1, "torch", NULL, 1, CLSTEP_UNSUPPORTED,
           "\"w.square_avg\" is I32; a state must be F32");
}
END_TEST

START_TEST(numbers)
{
    const clstep_rule momentum = convert_rule("torch", 0, 1);
    convert_array square = convert_square("w.square_avg");
    convert_array buffer = convert_square("w.momentum_buffer");
    buffer.values[1] = -1; /* may be */
    square.values[2] = NAN;
    refuse(ARRAYS(square, buffer), "torch", &momentum, 1, CLSTEP_INVALID_FILE,
           "square_avg of \"w\" is NaN at element 2");
    square.values[2] = -1e-30f;
    refuse(ARRAYS(square, buffer), "torch", &momentum, 1, CLSTEP_INVALID_FILE,
           "square_avg of \"w\" is -1e-30 at element 2");
    square.values[2] = 0;
    buffer.values[3] = NAN;
    refuse(ARRAYS(square, buffer), "torch", &momentum, 1, CLSTEP_INVALID_FILE,
           "momentum_buffer of \"w\" is NaN at element 3");
}
END_TEST

/* A rule that was told without its momentum would lose it. */
START_TEST(forgotten_momentum)
{
    refuse(ARRAYS(convert_square("w/RMSProp"), convert_square("w/RMSProp_1")), "tf1", NULL, 1,
           CLSTEP_UNSUPPORTED, "momentum is not 0, but the rule has no momentum");
    refuse(ARRAYS(convert_square("nu.w"), convert_square("trace.w")), "optax", NULL, 1,
           CLSTEP_UNSUPPORTED, "momentum is not 0, but the rule has no momentum");
}
END_TEST

Suite *convert_refusals_suite(void)
{
    Suite *suite = suite_create("convert_refusals");
    TCase *tests = tcase_create("convert_refusals");
    tcase_add_test(tests, steps);
    tcase_add_test(tests, lr);
    tcase_add_test(tests, wrong_dialect);
    tcase_add_test(tests, missing_and_extra);
    tcase_add_test(tests, shapes_and_types);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, forgotten_momentum);
    suite_add_tcase(suite, tests);
    return suite;
}
