/* Presets, and rules that are refused. */
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
    ck_assert_uint_ge(count, 24);
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
    newer.rule.size = 127; /* the first header had 128 */
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_INVALID_ARGUMENT);
    newer.rule.size = (size_t)1 << 40; /* never initialised */
    ck_assert_int_eq(clstep_rule_validate(&newer.rule), CLSTEP_INVALID_ARGUMENT);
}
END_TEST

/* A zero-filled rule is none: forgetting the preset is noticed. */
START_TEST(zeros_are_no_rule)
{
    const clstep_rule rule = CLSTEP_RULE_INIT;
    refuse(&rule, "the rule is empty; call clstep_rule_preset() first, and look at its status");
    ck_assert_ptr_null(clstep_rule_name(&rule));
    ck_assert(!clstep_rule_has(&rule, "lr"));
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
        if (i > 0) /* PyTorch takes -1 */
            REFUSE("sgd", dampening, bad[i], "dampening is");
    }
    ACCEPT("hinton", lr, 0);
    REFUSE("sgd", eps, 1e-8, "eps is set, but SGD has no such field; set it to 0");
    REFUSE("sgd", eps, NAN, "eps is set");
}
END_TEST

/* What PyTorch computes is computed. */
START_TEST(numbers_at_the_edge)
{
    static const char *const with_eps[] = {"hinton", "torch", "adagrad", "adam"};
    for (size_t i = 0; i < sizeof with_eps / sizeof *with_eps; i++) {
        ACCEPT(with_eps[i], eps, 0);
        ACCEPT(with_eps[i], eps, 1e-39); /* subnormal in fp32 */
        ACCEPT(with_eps[i], eps, 1e-50); /* 0 in fp32 */
    }
    ACCEPT("torch", rho, 0);
    ACCEPT("torch", rho, 1 - 1e-11); /* 1 in fp32 */
    ACCEPT("torch", rho, 1);
    ACCEPT("torch", rho, 1.5);
    ACCEPT("torch", momentum, 1);
    ACCEPT("torch", momentum, 1.5);
    ACCEPT("sgd", momentum, 2);
    ACCEPT("sgd", dampening, 0.5); /* without momentum it means nothing */
    ACCEPT("sgd", dampening, -1);
    ACCEPT("sgd", dampening, 3);
    ACCEPT("adam", beta1, 1 - 1e-11);
    ACCEPT("adam", beta2, 1 - 1e-11);
    REFUSE("adam", beta1, 1, "beta1 is 1; it must be in [0, 1)");
    ACCEPT("hinton", lr, 0);
}
END_TEST

/* Which value, which bound, and why. */
START_TEST(messages)
{
    REFUSE("torch", eps, -1e-8, "eps is -1e-08; it must be a finite fp32 number of at least 0");
    REFUSE("torch", eps, NAN, "eps is NaN; it must be a finite fp32 number");
    REFUSE("torch", lr, NAN, "lr is NaN; it must be a finite fp32 number of at least 0");
    REFUSE("torch", lr, -(double)NAN, "lr is NaN;");
    REFUSE("torch", lr, INFINITY, "lr is inf; it must be a finite fp32 number of at least 0");
    REFUSE("torch", lr, 3.5e38, "lr is 3.5e+38; it must be a finite fp32 number");
    REFUSE("torch", lr, -1e-60, "lr is -1e-60; it must be a finite fp32 number of at least 0");
    REFUSE("torch", rho, -1e-60, "rho is -1e-60; it must be a finite fp32 number of at least 0");
    REFUSE("torch", rho, -(1 - 1e-11), "rho is -0.99999999999;"); /* the number that was given */
    REFUSE("torch", momentum, NAN, "momentum is NaN; it must be a finite fp32 number");
    REFUSE("adam", beta1, 1 + 1e-11, "beta1 is 1.00000000001; it must be in [0, 1)");
    clstep_rule rule = preset("torch");
    rule.bias_correction = 1;
    rule.rho = 1;
    refuse(&rule, "rho is 1; with bias_correction it must be below 1");
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
    REFUSE("hinton", algorithm, 500, "algorithm is 500; leave it as clstep_rule_preset() set it");
    REFUSE("hinton", algorithm, -1, "algorithm");
    REFUSE("hinton", rounding, 6, "rounding");
    REFUSE("adam", rounding, 0, "rounding");
    REFUSE("adam", rounding, preset("keras").rounding, "rounding");
    clstep_rule rule = preset("torch");
    rule.centered = 1;
    rule.variance = 3;
    refuse(&rule, "variance is 3; it must be a constant from 0 to 1");
    rule.variance = 0;
    rule.clip = 4;
    refuse(&rule, "clip is 4; it must be a constant from 0 to 3");
    rule.clip = CLSTEP_CLIP_VALUE;
    refuse(&rule, "clip is set, but clip_bound is 0; it must be above 0");
    rule.clip_bound = 1e-60; /* 0 in fp32 */
    refuse(&rule, "clip_bound is 1e-60; it must be above 0");
    rule.clip_bound = 1;
    ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
    rule.clip = CLSTEP_CLIP_NONE;
    refuse(&rule, "clip_bound is 1, but clip is not set");
}
END_TEST

/* What an algorithm does not have is refused, not ignored. */
START_TEST(forbidden_combinations)
{
    REFUSE("hinton", nesterov, 1, "nesterov is set, but momentum is 0");
    REFUSE("sgd", nesterov, 1, "nesterov is set, but momentum is 0");
    REFUSE("sgd", centered, 1, "centered is set, but SGD has no such field");
    REFUSE("adam", variance, CLSTEP_VARIANCE_RECURSION, "variance is set");
    REFUSE("sgd", rho, 0.9, "rho is set, but SGD has no such field");
    REFUSE("adam", momentum, 0.9, "momentum is set, but Adam has no such field");
    REFUSE("torch", amsgrad, 1, "amsgrad is set, but RMSprop has no such field");
    REFUSE("adam", momentum_decay, 0.1, "momentum_decay is set");
    REFUSE("adagrad", nesterov, 1, "nesterov");
    REFUSE("adagrad", bias_correction, 1, "bias_correction");
    REFUSE("torch", beta1, 0.9, "beta1 is set, but RMSprop has no such field");
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
    rule.amsgrad = 1;
    expect_states(&rule, "exp_avg", "exp_avg_sq", "max_exp_avg_sq");
}
END_TEST

/* Each rule by its table: names are found again, the first preset is the rule's own. */
START_TEST(kinds)
{
    const clstep_rule_info *kind;
    size_t count = 0;
    for (; (kind = clstep_rule_kind(count)); count++) {
        const clstep_rule rule = preset(kind->preset);
        ck_assert_str_eq(clstep_rule_name(&rule), kind->name);
        ck_assert_uint_gt(strlen(kind->title), 0);
        ck_assert(clstep_rule_has(&rule, "lr") && clstep_rule_has(&rule, "maximize"));
        ck_assert(!clstep_rule_has(&rule, "size") && !clstep_rule_has(&rule, NULL));
        const char *state;
        for (size_t k = 0; (state = clstep_rule_state_name(&rule, k)); k++)
            ck_assert_int_eq(clstep_state_is_signed(state),
                             strcmp(state, "exp_avg") == 0 || strcmp(state, "grad_avg") == 0 ||
                                 strcmp(state, "momentum_buffer") == 0);
    }
    ck_assert_uint_ge(count, 4);
    ck_assert_ptr_null(clstep_rule_name(NULL));
    ck_assert(clstep_state_is_signed("nothing"));
}
END_TEST

/* Every field lies in the struct, no two in one place, and a rule that has none of a name refuses
 * it. */
START_TEST(fields)
{
    const clstep_field_info *field;
    size_t bytes = 0;
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        const size_t size = field->kind == CLSTEP_FIELD_NUMBER ? 8 : 4;
        ck_assert_uint_le(field->offset + size, sizeof(clstep_rule));
        ck_assert_int_eq(field->words != NULL, field->kind == CLSTEP_FIELD_CHOICE);
        bytes += size;
        clstep_rule rule = preset("sgd");
        unsigned char *at = (unsigned char *)&rule + field->offset;
        memset(at, 0x7f, size); /* no value of any */
        refuse(&rule, field->name);
    }
    /* all but size, algorithm and rounding */
    ck_assert_uint_eq(bytes + sizeof(size_t) + 2 * sizeof(int32_t), sizeof(clstep_rule));
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
    tcase_add_test(tests, numbers_at_the_edge);
    tcase_add_test(tests, messages);
    tcase_add_test(tests, kinds);
    tcase_add_test(tests, fields);
    tcase_add_test(tests, switches_out_of_range);
    tcase_add_test(tests, forbidden_combinations);
    tcase_add_test(tests, states);
    suite_add_tcase(suite, tests);
    return suite;
}
