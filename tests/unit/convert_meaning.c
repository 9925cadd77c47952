/* What translations change, how, and what they report. */
#include "convert_fixture.h"
#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The translation of a checkpoint of this rule; everything is allowed. */
static translation inexact(const clstep_rule *rule, uint64_t steps, const convert_state *state,
                           const char *to, clstep_status (*change)(clstep_rule *, void *))
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    store_bytes source = convert_checkpoint(rule, steps, state);
    options.allow_inexact = 1;
    options.change = change;
    translation t = translate(source, "clstep", to, &options);
    ck_assert_msg(t.status == CLSTEP_OK, "%s", clstep_last_error()->message);
    free(source.at);
    return t;
}

/* ---- the momentum buffer */

/* PyTorch subtracts lr * b, Keras b, and optax adds it. */
START_TEST(lr_goes_into_the_buffer)
{
    static const char *const targets[][2] = {
        {"keras", "rmsprop/net_w_momentum"}, {"tf1", "net/w/RMSProp_1"}, {"optax", "trace.net/w"}};
    const clstep_rule rule = convert_rule("torch", 0, 1);
    translation t = inexact(&rule, 9, &ordinary_state, targets[_i][0], NULL);
    ck_said(
        &t,
        "lr is outside the momentum buffer in the source and inside it in the target: the buffer "
        "was multiplied by lr (0.01)");
    ck_said(&t, "momentum_buffer: 3 of 4 elements had to be rounded to fp32");
    float wanted[CONVERT_COUNT];
    for (size_t i = 0; i < CONVERT_COUNT; i++) {
        wanted[i] = (float)((double)ordinary_state.momentum[i] * (double)0.01f);
        wanted[i] = strcmp(targets[_i][0], "optax") == 0 ? -wanted[i] : wanted[i];
    }
    ck_bits(t.bytes, targets[_i][1], wanted);
    translation_free(&t);
}
END_TEST

START_TEST(lr_comes_out_of_the_buffer)
{
    clstep_rule rule = convert_rule("keras", 0, 1);
    rule.lr = 0.03;
    translation t = inexact(&rule, 9, &ordinary_state, "torch", NULL);
    ck_said(&t, "the buffer was divided by lr (0.03)");
    float wanted[CONVERT_COUNT];
    for (size_t i = 0; i < CONVERT_COUNT; i++)
        wanted[i] = (float)((double)ordinary_state.momentum[i] / (double)0.03f);
    ck_bits(t.bytes, "net/w.momentum_buffer", wanted);
    translation_free(&t);
}
END_TEST

/* timm has both; then only the roundings differ, and maximize that it does not have. */
START_TEST(lr_stays)
{
    clstep_rule rule = convert_rule("torch", 0, 1);
    rule.maximize = 1;
    translation t = inexact(&rule, 9, &ordinary_state, "timm", NULL);
    ck_bits(t.bytes, "net/w.momentum_buffer", ordinary_state.momentum);
    ck_assert_ptr_null(strstr(t.said, "lr is"));
    ck_said(&t, "change the sign of the loss instead");
    translation_free(&t);
}
END_TEST

static clstep_status without_momentum(clstep_rule *rule, void *context)
{
    (void)context;
    rule->momentum = 0;
    return CLSTEP_OK;
}

static clstep_status with_momentum(clstep_rule *rule, void *context)
{
    (void)context;
    rule->momentum = 0.5;
    return CLSTEP_OK;
}

START_TEST(momentum_comes_and_goes)
{
    static const float zeros[CONVERT_COUNT] = {0};
    clstep_rule rule = convert_rule("torch", 0, 1);
    translation t = inexact(&rule, 9, &ordinary_state, "torch", without_momentum);
    ck_said(&t, "the momentum buffer is lost: the target has no momentum");
    ck_assert(!has_array(t.bytes, "net/w.momentum_buffer"));
    translation_free(&t);
    rule = convert_rule("torch", 0, 0);
    t = inexact(&rule, 9, &ordinary_state, "torch", with_momentum);
    ck_said(&t, "the source has no momentum: the target's buffer starts at 0");
    ck_bits(t.bytes, "net/w.momentum_buffer", zeros);
    translation_free(&t);
}
END_TEST

/* ---- the variance */

/* m^2 needs more bits than fp32 has: where it is rounded to fp32 on the way, results differ. */
static const convert_state close = {.square = {1.0f + 0x1p-11f, 0.5f, 4e-30f, 0x1.fffffep0f},
                                    .mean = {1.0f + 0x1p-13f, -0.7071f, 1e-15f, 1.1f},
                                    .momentum = {0}};

static clstep_status own(clstep_rule *rule, void *context)
{
    (void)context;
    rule->variance = CLSTEP_VARIANCE_RECURSION;
    return CLSTEP_OK;
}

START_TEST(difference_to_recursion)
{
    const clstep_rule rule = convert_rule("torch", 1, 0);
    translation t = inexact(&rule, 9, &close, "clstep", own);
    ck_said(&t, "and the target stores it (grad_var)");
    ck_assert_ptr_null(strstr(t.said, "below 0"));
    float wanted[CONVERT_COUNT];
    int told = 0;
    for (size_t i = 0; i < CONVERT_COUNT; i++) {
        const float product = close.mean[i] * close.mean[i];
        wanted[i] = (float)((double)close.square[i] - (double)close.mean[i] * close.mean[i]);
        told += wanted[i] != close.square[i] - product;
    }
    ck_assert_int_gt(told, 0);
    ck_bits(t.bytes, "net/w.grad_var", wanted);
    ck_bits(t.bytes, "net/w.grad_avg", close.mean);
    ck_assert(!has_array(t.bytes, "net/w.square_avg"));
    translation_free(&t);
}
END_TEST

START_TEST(negative_variance)
{
    const convert_state negative = {.square = {0.25f, 1.0f, 0.0f, 2.0f},
                                    .mean = {0.5f, 1.0f + 0x1p-23f, 1e-10f, 1.0f}};
    static const float wanted[CONVERT_COUNT] = {0, 0, 0, 1};
    const clstep_rule rule = convert_rule("torch", 1, 0);
    translation t = inexact(&rule, 9, &negative, "clstep", own);
    ck_said(&t, "grad_var: 2 of 4 elements fell below 0");
    ck_bits(t.bytes, "net/w.grad_var", wanted);
    translation_free(&t);
}
END_TEST

START_TEST(recursion_to_difference)
{
    clstep_rule rule = convert_rule("hinton", 1, 0);
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    translation t = inexact(&rule, 9, &close, "keras", NULL);
    ck_said(&t, "can make it negative and then give NaN");
    ck_said(&t, "square_avg: 4 of 4 elements had to be rounded to fp32");
    float wanted[CONVERT_COUNT];
    for (size_t i = 0; i < CONVERT_COUNT; i++)
        wanted[i] = (float)((double)close.square[i] + (double)close.mean[i] * close.mean[i]);
    ck_bits(t.bytes, "rmsprop/net_w_velocity", wanted);
    ck_bits(t.bytes, "rmsprop/net_w_average_gradient", close.mean);
    translation_free(&t);
}
END_TEST

/* The weights of the recursion with bias correction sum to 1, those of optax's to 1 - rho^t. */
START_TEST(bias_correction)
{
    clstep_rule rule = convert_rule("hinton", 1, 0);
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    rule.bias_correction = 1;
    rule.rho = 0.5;
    translation t = inexact(&rule, 3, &close, "optax", NULL);
    ck_assert_ptr_null(strstr(t.said, "bias_correction"));
    const float *square = values_in(t.bytes, "nu.net/w"), *mean = values_in(t.bytes, "mu.net/w");
    for (size_t i = 0; i < CONVERT_COUNT; i++) {
        const double m = (double)close.mean[i], q = (double)close.square[i];
        ck_assert(square[i] == (float)((q + m * m) * 0.875));
        ck_assert(mean[i] == (float)(m * 0.875));
    }
    translation back = translate_on(&t, "optax", "clstep");
    ck_bits(back.bytes, "net/w.grad_avg", mean);
    translation_free(&back);
    translation_free(&t);
    t = inexact(&rule, 3, &close, "torch", NULL);
    ck_said(&t, "bias_correction is on in the source and off in the target");
    translation_free(&t);
}
END_TEST

/* ---- what else is told */

START_TEST(eps)
{
    clstep_rule rule = convert_rule("torch", 0, 0);
    translation t = inexact(&rule, 9, &ordinary_state, "keras", NULL);
    ck_said(&t, "sqrt(v) + 1e-08 becomes sqrt(v + 1e-16); no eps makes them equal");
    translation back = translate_on(&t, "keras", "torch");
    ck_said(&back, "sqrt(v + 1e-16) becomes sqrt(v) + 1e-08");
    translation_free(&back);
    translation_free(&t);
    rule = convert_rule("tf1", 0, 0);
    t = inexact(&rule, 9, &ordinary_state, "torch", NULL);
    ck_said(&t, "sqrt(v + 1e-10) becomes sqrt(v) + 1e-05");
    translation_free(&t);
    rule = convert_rule("torch", 0, 0); /* optax has both */
    t = inexact(&rule, 9, &ordinary_state, "optax", NULL);
    ck_assert_ptr_null(strstr(t.said, "eps"));
    translation_free(&t);
}
END_TEST

START_TEST(weight_decay)
{
    static const struct {
        const char *to;
        int32_t decay;
        const char *said; /* NULL: nothing */
    } cases[] = {
        {"torch", CLSTEP_DECAY_L2, NULL},
        {"timm", CLSTEP_DECAY_DECOUPLED, NULL},
        {"optax", CLSTEP_DECAY_L2, NULL},
        {"keras", CLSTEP_DECAY_L2, "weight_decay is L2 in the source and decoupled in the target"},
        {"torch", CLSTEP_DECAY_DECOUPLED, "weight_decay is decoupled in the source and L2 in the"},
        {"timm", CLSTEP_DECAY_DECOUPLED_WITHOUT_LR, "weight_decay is decoupled without lr in the"},
        {"tf1", CLSTEP_DECAY_L2, "weight_decay 0.01 is lost: the target has none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clstep_rule rule = convert_rule("hinton", 0, 0);
        rule.weight_decay = 0.01;
        rule.decay = cases[i].decay;
        translation t = inexact(&rule, 9, &ordinary_state, cases[i].to, NULL);
        if (cases[i].said)
            ck_said(&t, cases[i].said);
        else
            ck_assert_msg(!strstr(t.said, "weight_decay"), "%zu: %s", i, t.said);
        translation_free(&t);
    }
}
END_TEST

/* Frameworks make a state by themselves where no step has been taken. */
START_TEST(initial_square_avg)
{
    clstep_rule rule = convert_rule("tf1", 0, 0);
    translation t = inexact(&rule, 0, &ordinary_state, "keras", NULL);
    ck_said(&t, "square_avg starts at 1 here, but at 0 in a new state of keras");
    translation_free(&t);
    t = inexact(&rule, 1, &ordinary_state, "keras", NULL);
    ck_assert_ptr_null(strstr(t.said, "starts at"));
    translation_free(&t);
    t = inexact(&rule, 0, &ordinary_state, "timm", NULL);
    ck_assert_ptr_null(strstr(t.said, "starts at"));
    translation_free(&t);
}
END_TEST

/* Counts in fp32 and in 32 bits end; the metadata have all of it. */
START_TEST(many_steps)
{
    const uint64_t odd = ((uint64_t)1 << 24) + 1;
    clstep_rule rule = convert_rule("torch", 0, 0);
    translation t = inexact(&rule, odd, &ordinary_state, "torch", NULL);
    ck_said(&t, "16777217 steps were taken, but the target's F32 holds 16777216");
    translation_free(&t);
    rule = convert_rule("optax", 0, 0);
    t = inexact(&rule, (uint64_t)1 << 40, &ordinary_state, "optax", NULL);
    ck_said(&t, "1099511627776 steps were taken, but the target's I32 holds 2147483647");
    translation_free(&t);
    rule = convert_rule("keras", 0, 0);
    t = inexact(&rule, (uint64_t)1 << 40, &ordinary_state, "keras", NULL);
    ck_assert_str_eq(t.said, "");
    translation back = translate(t.bytes, "keras", "clstep", NULL);
    ck_exact(&back);
    ck_rule(back.bytes, &rule, (uint64_t)1 << 40);
    translation_free(&back);
    translation_free(&t);
}
END_TEST

Suite *convert_meaning_suite(void)
{
    Suite *suite = suite_create("convert_meaning");
    TCase *tests = tcase_create("convert_meaning");
    tcase_add_loop_test(tests, lr_goes_into_the_buffer, 0, 3);
    tcase_add_test(tests, lr_comes_out_of_the_buffer);
    tcase_add_test(tests, lr_stays);
    tcase_add_test(tests, momentum_comes_and_goes);
    tcase_add_test(tests, difference_to_recursion);
    tcase_add_test(tests, negative_variance);
    tcase_add_test(tests, recursion_to_difference);
    tcase_add_test(tests, bias_correction);
    tcase_add_test(tests, eps);
    tcase_add_test(tests, weight_decay);
    tcase_add_test(tests, initial_square_avg);
    tcase_add_test(tests, many_steps);
    suite_add_tcase(suite, tests);
    return suite;
}
