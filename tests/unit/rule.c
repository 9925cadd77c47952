/* Presets, and what a rule may not be. */
#include "suites.h"

#include <clstep/rule.h>
#include <float.h>
#include <math.h>

static clstep_rule preset(const char *name)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, name), CLSTEP_OK);
    return rule;
}

static void refuse(const clstep_rule *rule, const char *part)
{
    ck_assert_int_eq(clstep_rule_validate(rule), CLSTEP_INVALID_ARGUMENT);
    ck_assert_msg(strstr(clstep_last_error()->message, part), "no \"%s\" in: %s", part,
                  clstep_last_error()->message);
    ck_assert_ptr_null(clstep_rule_state_name(rule, 0));
}

START_TEST(every_preset_is_valid)
{
    size_t count = 0;
    for (const clstep_preset_info *info; (info = clstep_preset(count)); count++) {
        const clstep_rule rule = preset(info->name);
        ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
        ck_assert_uint_gt(strlen(info->origin), 0);
        ck_assert_uint_gt(strlen(info->formula), 0);
        ck_assert(strncmp(info->checked, "bit-checked against ", 20) == 0 ||
                  strncmp(info->checked, "from source", 11) == 0);
    }
    ck_assert_uint_eq(count, 24);
}
END_TEST

/* The published defaults. */
START_TEST(defaults)
{
    const clstep_rule hinton = preset("hinton");
    ck_assert(hinton.rho == 0.9 && hinton.lr == 0.001 && hinton.eps == 1e-8);
    ck_assert(hinton.eps_inside_sqrt && hinton.variance == CLSTEP_VARIANCE_RECURSION);
    const clstep_rule torch = preset("torch");
    ck_assert(torch.rho == 0.99 && torch.lr == 0.01 && torch.eps == 1e-8);
    ck_assert(!torch.eps_inside_sqrt && !torch.lr_in_momentum && torch.initial_square_avg == 0);
    const clstep_rule keras = preset("keras");
    ck_assert(keras.rho == 0.9 && keras.lr == 0.001 && keras.eps == 1e-7);
    ck_assert(keras.eps_inside_sqrt && keras.decay == CLSTEP_DECAY_DECOUPLED);
    const clstep_rule tf1 = preset("tf1");
    ck_assert(tf1.eps == 1e-10 && tf1.initial_square_avg == 1 && tf1.lr_in_momentum);
    const clstep_rule timm = preset("timm");
    ck_assert(timm.eps == 1e-10 && timm.initial_square_avg == 1 && timm.lr == 0.01);
    const clstep_rule tf = preset("tf");
    ck_assert(tf.eps == 1e-7 && tf.initial_square_avg == 0 && tf.rounding == tf1.rounding);
    const clstep_rule sb3 = preset("sb3");
    ck_assert(sb3.rho == 0.99 && sb3.initial_square_avg == 1 && sb3.eps_inside_sqrt);
    ck_assert(!sb3.lr_in_momentum && sb3.eps == 1e-8);
    const clstep_rule paddle = preset("paddle");
    ck_assert(paddle.rho == 0.95 && paddle.eps == 1e-6 && paddle.eps_inside_sqrt);
    const clstep_rule alex = preset("mxnet-alex");
    ck_assert(alex.centered && alex.momentum == 0.9 && alex.eps_inside_sqrt && alex.rho == 0.9);
    const clstep_rule graves = preset("graves");
    ck_assert(graves.lr == 1e-4 && graves.rho == 0.95 && graves.eps == 1e-4 && graves.centered);
    const clstep_rule dqn = preset("dqn");
    ck_assert(dqn.eps == 0.01 && dqn.centered && dqn.momentum == 0 && dqn.lr == 2.5e-4);
    const clstep_rule adamw = preset("adamw");
    ck_assert(adamw.weight_decay == 0.01 && adamw.decay == CLSTEP_DECAY_DECOUPLED);
}
END_TEST

START_TEST(preset_arguments)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "rmsdrop"), CLSTEP_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, "\"rmsdrop\"; there are hinton"));
    ck_assert_int_eq(clstep_rule_preset(&rule, NULL), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(clstep_rule_preset(NULL, "torch"), CLSTEP_INVALID_ARGUMENT);
    rule.size = 8;
    ck_assert_int_eq(clstep_rule_preset(&rule, "torch"), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(clstep_rule_validate(NULL), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_INVALID_ARGUMENT);
    ck_assert_ptr_null(clstep_preset(1000));
    /* every name that the message lists exists, and every name that exists is listed */
    for (size_t i = 0; clstep_preset(i); i++) {
        rule.size = sizeof rule;
        ck_assert_int_eq(clstep_rule_preset(&rule, "?"), CLSTEP_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, clstep_preset(i)->name));
    }
}
END_TEST

/* A struct of a newer header is accepted as long as what it adds is 0, and is cleared behind its
 * own part when it is filled. */
START_TEST(newer_headers)
{
    struct {
        clstep_rule rule;
        double added[2];
    } newer;
    clstep_init(&newer, sizeof newer);
    ck_assert_uint_eq(newer.rule.size, sizeof newer);
    newer.added[1] = 5;
    ck_assert_int_eq(clstep_rule_preset(&newer.rule, "torch"), CLSTEP_OK);
    ck_assert_uint_eq(newer.rule.size, sizeof newer);
    ck_assert(newer.added[1] == 0);
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_OK);
    newer.added[0] = 1;
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_INVALID_ARGUMENT);
    newer.added[0] = 0;
    newer.rule.size = sizeof(clstep_rule) - 1;
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_INVALID_ARGUMENT);
    newer.rule.size = (size_t)1 << 40; /* never initialised */
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_INVALID_ARGUMENT);
}
END_TEST

/* A zero-filled rule is none: forgetting the preset is noticed. */
START_TEST(zeros_are_no_rule)
{
    const clstep_rule rule = CLSTEP_RULE_INIT;
    refuse(&rule, "clstep_rule_preset()");
}
END_TEST

#define REFUSE(name, field, value, part)                                                           \
    do {                                                                                           \
        clstep_rule wrong = preset(name);                                                          \
        wrong.field = (value);                                                                     \
        refuse(&wrong, part);                                                                      \
    } while (0)
#define ACCEPT(name, field, value)                                                                 \
    do {                                                                                           \
        clstep_rule right = preset(name);                                                          \
        right.field = (value);                                                                     \
        ck_assert_int_eq(clstep_rule_validate(&right), CLSTEP_OK);                                 \
    } while (0)

START_TEST(numbers_out_of_range)
{
    const double bad[] = {-1, NAN, INFINITY, -INFINITY, 1e300};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSE("hinton", lr, bad[i], "lr is");
        REFUSE("hinton", weight_decay, bad[i], "weight_decay is");
        REFUSE("hinton", rho, bad[i], "rho is");
        REFUSE("hinton", momentum, bad[i], "momentum is");
        REFUSE("hinton", eps, bad[i], "eps is");
        REFUSE("hinton", initial_square_avg, bad[i], "initial_square_avg is");
        REFUSE("adam", beta1, bad[i], "beta1 is");
        REFUSE("adam", beta2, bad[i], "beta2 is");
        REFUSE("adagrad", lr_decay, bad[i], "lr_decay is");
        REFUSE("sgd", dampening, bad[i], "dampening is");
    }
    ACCEPT("hinton", lr, 0);
    REFUSE("hinton", rho, 1, "rho is");
    REFUSE("hinton", rho, 1 - 1e-12, "rho is"); /* 1 in fp32 */
    ACCEPT("hinton", rho, 0);
    REFUSE("hinton", momentum, 1, "momentum is");
    REFUSE("hinton", eps, 0, "eps is 0");
    REFUSE("hinton", eps, 1e-39, "eps is"); /* subnormal in fp32 */
    ACCEPT("hinton", eps, (double)FLT_MIN);
    REFUSE("adam", eps, 1e-50, "eps is");
    REFUSE("sgd", eps, 1e-8, "eps is set, but only RMSprop, AdaGrad or Adam has it");
    REFUSE("sgd", eps, NAN, "eps is set");
}
END_TEST

/* Which value, which bound, and why. */
START_TEST(messages)
{
    REFUSE("torch", eps, 0,
           "eps is 0; it must be a normal fp32 number above 0, at least "
           "1.17549e-38, since a smaller one divides by 0 where subnormal");
    REFUSE("torch", eps, 1e-40, "eps is 1e-40; it must be a normal fp32 number");
    REFUSE("torch", eps, 1e-60, "eps is 1e-60; it must be a normal fp32 number");
    REFUSE("torch", eps, -1e-8, "eps is -1e-08; it must be a normal fp32 number");
    REFUSE("torch", eps, NAN, "eps is NaN; it must be a normal fp32 number");
    REFUSE("torch", lr, NAN, "lr is NaN; it must be a finite fp32 number of at least 0, since the");
    REFUSE("torch", lr, -(double)NAN, "lr is NaN;");
    REFUSE("torch", lr, INFINITY, "lr is inf; it must be a finite fp32 number of at least 0");
    REFUSE("torch", lr, 3.5e38, "lr is 3.5e+38; it must be a finite fp32 number");
    REFUSE("torch", lr, -1e-60, "lr is -1e-60; it must be a finite fp32 number of at least 0");
    REFUSE("torch", rho, 1 - 1e-9,
           "rho is 1; it must be in [0, 1), also after rounding to fp32: "
           "from 1 on nothing new would count");
    REFUSE("torch", rho, -1e-60, "rho is -1e-60; it must be in [0, 1)");
    REFUSE("torch", momentum, 1.5, "momentum is 1.5; it must be in [0, 1)");
    REFUSE("torch", momentum, NAN, "momentum is NaN; it must be in [0, 1)");
    ACCEPT("torch", rho, 1 - 1e-7);
    ACCEPT("torch", momentum, 1e-60);
}
END_TEST

START_TEST(switches_out_of_range)
{
    REFUSE("hinton", centered, 2, "centered is 2");
    REFUSE("hinton", eps_inside_sqrt, -1, "eps_inside_sqrt");
    REFUSE("hinton", lr_in_momentum, 3, "lr_in_momentum");
    REFUSE("hinton", bias_correction, 2, "bias_correction");
    REFUSE("hinton", maximize, 2, "maximize");
    REFUSE("hinton", decay, (clstep_decay)-1, "decay");
    REFUSE("hinton", decay, 3, "decay");
    REFUSE("hinton", algorithm, 5, "algorithm");
    REFUSE("hinton", rounding, 6, "rounding");
    REFUSE("adam", rounding, 0, "rounding");
    REFUSE("adam", rounding, preset("keras").rounding, "rounding");
    clstep_rule rule = preset("torch");
    rule.centered = 1;
    rule.variance = 3;
    refuse(&rule, "variance");
}
END_TEST

/* What an algorithm does not have is refused, not ignored. */
START_TEST(forbidden_combinations)
{
    REFUSE("hinton", nesterov, 1, "nesterov is set, but momentum is 0");
    REFUSE("sgd", nesterov, 1, "nesterov is set, but momentum is 0");
    REFUSE("sgd", dampening, 0.5, "dampening is set, but momentum is 0");
    REFUSE("sgd", centered, 1, "centered is set, but only RMSprop has it");
    REFUSE("adam", variance, CLSTEP_VARIANCE_RECURSION, "variance is set");
    REFUSE("sgd", rho, 0.9, "rho is set, but only RMSprop has it");
    REFUSE("adam", momentum, 0.9, "momentum is set, but only RMSprop or SGD has it");
    REFUSE("adagrad", nesterov, 1, "nesterov");
    REFUSE("adagrad", bias_correction, 1, "bias_correction");
    REFUSE("torch", beta1, 0.9, "beta1 is set, but only Adam has it");
    REFUSE("torch", lr_decay, 0.9, "lr_decay");
    REFUSE("torch", dampening, 0.9, "dampening");
    REFUSE("adam", eps_inside_sqrt, 1, "eps_inside_sqrt");
    clstep_rule rule = preset("sgd");
    rule.momentum = 0.9;
    rule.nesterov = 1;
    rule.dampening = 0.1;
    refuse(&rule, "nesterov needs a dampening of 0");
}
END_TEST

static void expect_states(const clstep_rule *rule, const char *first, const char *second,
                          const char *third)
{
    const char *const wanted[] = {first, second, third, NULL};
    for (size_t k = 0; k < 4; k++) {
        const char *name = clstep_rule_state_name(rule, k);
        ck_assert_int_eq(name == NULL, wanted[k] == NULL);
        if (!name)
            break;
        ck_assert_str_eq(name, wanted[k]);
    }
}

/* State only where the rule needs it. */
START_TEST(states)
{
    clstep_rule rule = preset("torch");
    expect_states(&rule, "square_avg", NULL, NULL);
    rule.centered = 1;
    expect_states(&rule, "square_avg", "grad_avg", NULL);
    rule.momentum = 0.9;
    expect_states(&rule, "square_avg", "grad_avg", "momentum_buffer");
    rule.variance = CLSTEP_VARIANCE_RECURSION;
    expect_states(&rule, "grad_var", "grad_avg", "momentum_buffer");
    rule.centered = 0;
    expect_states(&rule, "square_avg", "momentum_buffer", NULL);
    rule = preset("sgd");
    expect_states(&rule, NULL, NULL, NULL);
    rule.momentum = 0.9;
    expect_states(&rule, "momentum_buffer", NULL, NULL);
    rule = preset("adagrad");
    expect_states(&rule, "sum", NULL, NULL);
    rule = preset("adam");
    expect_states(&rule, "exp_avg", "exp_avg_sq", NULL);
}
END_TEST

Suite *rule_suite(void)
{
    Suite *suite = suite_create("rule");
    TCase *tests = tcase_create("rule");
    tcase_add_test(tests, every_preset_is_valid);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, preset_arguments);
    tcase_add_test(tests, newer_headers);
    tcase_add_test(tests, zeros_are_no_rule);
    tcase_add_test(tests, numbers_out_of_range);
    tcase_add_test(tests, messages);
    tcase_add_test(tests, switches_out_of_range);
    tcase_add_test(tests, forbidden_combinations);
    tcase_add_test(tests, states);
    suite_add_tcase(suite, tests);
    return suite;
}
