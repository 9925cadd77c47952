/* Numbers that do not fit the target, and the caller's functions and arguments. */
#include "convert_fixture.h"
#include "suites.h"

#include <math.h>
#include <stdlib.h>

/* ---- numbers that have no place in the target */

static translation refused_state(const clstep_rule *rule, const convert_state *state,
                                 const char *to)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_checkpoint(rule, 2, state);
    options.allow_inexact = 1;
    translation t = translate(source, "clstep", to, &options);
    free(source.at);
    return t;
}

START_TEST(overflow)
{
    const convert_state large = {.square = {0, 0, 0, 3e38f}, .momentum = {0, 1, 0, 3e38f}};
    clstep_rule rule = convert_rule("keras", 0, 1);
    translation t = refused_state(&rule, &large, "torch");
    store_failed(t.status, CLSTEP_UNSUPPORTED, "element 3 of \"net/w\" does not fit fp32");
    rule.lr = 0;
    t = refused_state(&rule, &large, "torch");
    store_failed(t.status, CLSTEP_UNSUPPORTED, "lr is 0");
    rule.lr = 1;
    t = refused_state(&rule, &large, "torch");
    ck_assert_int_eq(t.status, CLSTEP_OK);
    ck_bits(t.bytes, "net/w.momentum_buffer", large.momentum);
    translation_free(&t);

    const convert_state wide = {.square = {3e38f, 0, 0, 0}, .mean = {2e19f, 0, 0, 0}};
    rule = convert_rule("hinton", 1, 0);
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    t = refused_state(&rule, &wide, "keras");
    store_failed(t.status, CLSTEP_UNSUPPORTED, "element 0 of \"net/w\" does not fit fp32");
}
END_TEST

static clstep_status own(clstep_rule *rule, void *context)
{
    (void)context;
    rule->variance = CLSTEP_VARIANCE_RECURSION;
    return CLSTEP_OK;
}

/* Infinity less infinity would be no variance. */
START_TEST(infinite)
{
    const convert_state state = {.square = {1, 1, INFINITY, 1}, .mean = {0, 0, INFINITY, 0}};
    const clstep_rule rule = convert_rule("torch", 1, 0);
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_checkpoint(&rule, 2, &state);
    options.allow_inexact = 1;
    options.change = own;
    const translation t = translate(source, "clstep", "clstep", &options);
    store_failed(t.status, CLSTEP_INVALID_FILE, "square_avg of \"net/w\" is inf at element 2");
    free(source.at);
}
END_TEST

START_TEST(rules_apart)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    clstep_rule rule = convert_rule("torch", 1, 0);
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    const convert_array arrays[] = {convert_square("w.square_avg"), convert_square("w.grad_avg")};
    store_bytes source = convert_file(arrays, 2, NULL);
    options.rule = &rule;
    options.has_steps = 1;
    translation t = translate(source, "torch", "clstep", &options);
    store_failed(t.status, CLSTEP_INVALID_ARGUMENT,
                 "has square_avg, not grad_var; give a rule whose variance is");
    free(source.at);
}
END_TEST

/* ---- what the caller's functions say */

static clstep_status centre(clstep_rule *rule, void *context)
{
    (void)context;
    rule->centered = 1;
    return CLSTEP_OK;
}

static clstep_status spoil(clstep_rule *rule, void *context)
{
    (void)context;
    rule->rho = -1;
    return CLSTEP_OK;
}

static clstep_status refuse(clstep_rule *rule, void *context)
{
    (void)rule;
    (void)context;
    return CLSTEP_NO_DEVICE;
}

static clstep_status stop(uint64_t done, uint64_t all, void *context)
{
    (void)context;
    ck_assert_uint_eq(done, CONVERT_COUNT);
    ck_assert_uint_eq(all, CONVERT_COUNT);
    return CLSTEP_NO_DEVICE;
}

START_TEST(callbacks)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    const clstep_rule rule = convert_rule("torch", 0, 0);
    store_bytes source = convert_checkpoint(&rule, 2, &ordinary_state);
    options.allow_inexact = 1;
    options.change = centre;
    translation t = translate(source, "clstep", "torch", &options);
    store_failed(t.status, CLSTEP_UNSUPPORTED, "the source has no mean of the gradients");
    options.change = spoil;
    t = translate(source, "clstep", "torch", &options);
    store_failed(t.status, CLSTEP_INVALID_ARGUMENT, "rho");
    options.change = refuse;
    t = translate(source, "clstep", "torch", &options);
    ck_assert_int_eq(t.status, CLSTEP_NO_DEVICE);
    options.change = NULL;
    options.progress = stop;
    t = translate(source, "clstep", "torch", &options);
    ck_assert_int_eq(t.status, CLSTEP_NO_DEVICE);
    free(source.at);
}
END_TEST

START_TEST(arguments)
{
    clstep_convert_options options = {0};
    const clstep_rule rule = convert_rule("torch", 0, 0);
    store_bytes source = convert_checkpoint(&rule, 2, &ordinary_state);
    clstep_safetensors *file;
    clstep_writer *writer;
    ck_assert_int_eq(clstep_safetensors_open_memory(&file, source.at, source.size), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    store_failed(clstep_convert(NULL, "clstep", writer, "torch", NULL), CLSTEP_INVALID_ARGUMENT,
                 "file");
    store_failed(clstep_convert(file, "clstep", NULL, "torch", NULL), CLSTEP_INVALID_ARGUMENT,
                 "writer");
    store_failed(clstep_convert(file, NULL, writer, "torch", NULL), CLSTEP_INVALID_ARGUMENT,
                 "from");
    store_failed(clstep_convert(file, "clstep", writer, NULL, NULL), CLSTEP_INVALID_ARGUMENT, "to");
    store_failed(clstep_convert(file, "clstep", writer, "caffe", NULL), CLSTEP_INVALID_ARGUMENT,
                 "to: there is no dialect \"caffe\"; there are clstep, torch, timm, keras, tf1 and "
                 "optax");
    store_failed(clstep_convert(file, "clstep", writer, "torch", &options), CLSTEP_INVALID_ARGUMENT,
                 "CLSTEP_CONVERT_OPTIONS_INIT");
    ck_assert_int_eq(clstep_convert(file, "clstep", writer, "torch", NULL), CLSTEP_OK);
    clstep_writer_destroy(writer);
    clstep_safetensors_close(file);
    free(source.at);
}
END_TEST

Suite *convert_calls_suite(void)
{
    Suite *suite = suite_create("convert_calls");
    TCase *tests = tcase_create("convert_calls");
    tcase_add_test(tests, overflow);
    tcase_add_test(tests, infinite);
    tcase_add_test(tests, rules_apart);
    tcase_add_test(tests, callbacks);
    tcase_add_test(tests, arguments);
    suite_add_tcase(suite, tests);
    return suite;
}
