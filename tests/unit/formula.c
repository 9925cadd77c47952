/*
 * The reference against each rule's formula in double precision, written anew from its description:
 * it computes what it says, not only the same as the kernels. One step from a known state, so that
 * the results differ by roundings alone.
 */
#include "reference/norm.h"
#include "reference/reference.h"

#include "suites.h"

#include <math.h>

/* A state that is not at rest, and numbers that are distinct; v > m^2 also after bias correction.
 */
typedef struct {
    double p, g, lr;
    double v, m, b;
} point;

static const point points[] = {
    {0.5, 0.3, 0.01, 0.2, 0.05, 0.05},
    {-1.5, -0.02, 0.1, 0.5, -0.1, -0.7},
    {3.0, 12.0, 0.001, 40.0, 1.0, 0.0},
};

enum { POINTS = sizeof points / sizeof *points };

static void near(const char *what, float got, double wanted)
{
    ck_assert_msg(fabs((double)got - wanted) <= 3e-6 * (fabs(wanted) + 0.01), "%s: %.9g, not %.9g",
                  what, (double)got, wanted);
}

/* RMSprop by the book: one formula for every switch. */
static void rmsprop(const clstep_rule *rule, const point *at, double t, double out[4])
{
    double p = at->p, g = rule->maximize ? -at->g : at->g;
    double v = at->v, m = at->m, b = at->b;
    if (rule->decay == CLSTEP_DECAY_L2)
        g += rule->weight_decay * p;
    else
        p -= (rule->decay == CLSTEP_DECAY_DECOUPLED ? at->lr : 1) * rule->weight_decay * p;
    const double c = rule->bias_correction ? 1 - pow(rule->rho, t) : 1;
    double second;
    v = rule->rho * v + (1 - rule->rho) * g * g;
    m = rule->rho * m + (1 - rule->rho) * g;
    second = v / c;
    if (rule->centered)
        second -= m / c * (m / c);
    const double d = rule->eps_inside_sqrt ? sqrt(second + rule->eps) : sqrt(second) + rule->eps;
    const double x = (rule->lr_in_momentum || rule->momentum == 0 ? at->lr : 1) * g / d;
    if (rule->momentum > 0) {
        b = rule->momentum * b + x;
        const double u = rule->nesterov ? rule->momentum * b + x : b;
        p -= (rule->lr_in_momentum ? 1 : at->lr) * u;
    } else {
        p -= x;
    }
    out[0] = p;
    out[1] = v;
    out[2] = m;
    out[3] = b;
}

static void check_rmsprop(const clstep_rule *rule, const point *at, const char *name)
{
    const double t = 5;
    double wanted[4];
    rmsprop(rule, at, t, wanted);
    float p = (float)at->p, state[3] = {(float)at->v};
    size_t count = 1;
    if (rule->centered)
        state[count++] = (float)at->m;
    if (rule->momentum > 0)
        state[count++] = (float)at->b;
    clstep__reference(rule, at->lr, (uint64_t)t, &p, (float)at->g, state);
    near(name, p, wanted[0]);
    near(name, state[0], wanted[1]);
    if (rule->centered)
        near(name, state[1], wanted[2]);
    if (rule->momentum > 0)
        near(name, state[count - 1], wanted[3]);
}

START_TEST(rmsprop_by_the_book)
{
    for (unsigned mix = 0; mix < 3 * 256; mix++) {
        clstep_rule rule = CLSTEP_RULE_INIT;
        const char *name = clstep_preset((size_t)_i)->name;
        ck_assert_int_eq(clstep_rule_preset(&rule, name), CLSTEP_OK);
        if (strcmp(clstep_rule_name(&rule), "rmsprop") != 0)
            return;
        const unsigned bits = mix / 3;
        rule.decay = (clstep_decay)(mix % 3);
        rule.variance = CLSTEP_VARIANCE_DIFFERENCE;
        rule.eps = 1e-3; /* so that its side shows */
        rule.centered = bits & 1;
        rule.momentum = bits & 2 ? 0.9 : 0;
        rule.nesterov = bits & 2 && bits & 4;
        rule.lr_in_momentum = (bits & 8) != 0;
        rule.eps_inside_sqrt = (bits & 16) != 0;
        rule.bias_correction = (bits & 32) != 0;
        rule.maximize = (bits & 64) != 0;
        rule.weight_decay = bits & 128 ? 0.1 : 0;
        ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
        for (int i = 0; i < POINTS; i++)
            check_rmsprop(&rule, &points[i], name);
    }
}
END_TEST

START_TEST(sgd_by_the_book)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "sgd"), CLSTEP_OK);
    for (unsigned bits = 0; bits < 16; bits++) {
        rule.momentum = bits & 1 ? 0.8 : 0;
        rule.dampening = bits & 1 && bits & 2 ? 0.3 : 0;
        rule.nesterov = bits & 1 && !(bits & 2) && bits & 4;
        rule.weight_decay = bits & 8 ? 0.1 : 0;
        ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
        for (uint64_t t = 1; t < 3; t++) {
            const point *at = &points[1];
            const double g = at->g + rule.weight_decay * at->p;
            const double b = t == 1 ? g : rule.momentum * at->b + (1 - rule.dampening) * g;
            const double u = rule.momentum == 0 ? g : rule.nesterov ? g + rule.momentum * b : b;
            float p = (float)at->p, state[1] = {(float)at->b};
            clstep__reference(&rule, at->lr, t, &p, (float)at->g, state);
            near("sgd p", p, at->p - at->lr * u);
            if (rule.momentum > 0)
                near("sgd b", state[0], b);
        }
    }
}
END_TEST

START_TEST(adagrad_by_the_book)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "adagrad"), CLSTEP_OK);
    rule.lr_decay = 0.5;
    rule.eps = 1e-2;
    for (int inside = 0; inside < 2; inside++) {
        rule.eps_inside_sqrt = inside;
        for (int i = 0; i < POINTS; i++) {
            const point *at = &points[i];
            const double sum = at->v + at->g * at->g;
            const double d = inside ? sqrt(sum + rule.eps) : sqrt(sum) + rule.eps;
            float p = (float)at->p, state[1] = {(float)at->v};
            clstep__reference(&rule, at->lr, 4, &p, (float)at->g, state);
            near("adagrad p", p, at->p - at->lr / 2.5 * at->g / d);
            near("adagrad sum", state[0], sum);
        }
    }
}
END_TEST

START_TEST(adam_by_the_book)
{
    static const char *const presets[] = {"adam", "adamw"};
    for (unsigned mix = 0; mix < 2 * 2 * 2; mix++) {
        clstep_rule rule = CLSTEP_RULE_INIT;
        ck_assert_int_eq(clstep_rule_preset(&rule, presets[mix & 1]), CLSTEP_OK);
        rule.bias_correction = (mix & 2) != 0;
        rule.weight_decay = 0.1;
        if (mix & 4)
            rule.beta1 = 0.3;
        for (int i = 0; i < POINTS; i++) {
            const point *at = &points[i];
            const double t = 3;
            double p = at->p, g = at->g;
            if (mix & 1)
                p -= at->lr * 0.1 * p;
            else
                g += 0.1 * p;
            const double m = rule.beta1 * at->m + (1 - rule.beta1) * g;
            const double v = rule.beta2 * at->v + (1 - rule.beta2) * g * g;
            const double c1 = mix & 2 ? 1 - pow(rule.beta1, t) : 1;
            const double c2 = mix & 2 ? 1 - pow(rule.beta2, t) : 1;
            float got = (float)at->p, state[2] = {(float)at->m, (float)at->v};
            clstep__reference(&rule, at->lr, (uint64_t)t, &got, (float)at->g, state);
            near("adam p", got, p - at->lr * (m / c1) / (sqrt(v / c2) + rule.eps));
            near("adam m", state[0], m);
            near("adam v", state[1], v);
        }
    }
}
END_TEST

/* What the frameworks themselves made of g, with the bound 0.5: PyTorch 2.6.0, and Keras 3.15.1 on
 * JAX, TensorFlow and PyTorch, which agree. Both zeros count as 0. */
static const struct {
    float norm, g;
    float torch, keras, keras_global;
} clipped[] = {
    {INFINITY, INFINITY, NAN, NAN, NAN},
    {INFINITY, -INFINITY, NAN, NAN, NAN},
    {INFINITY, -2, 0, 0, NAN},
    {INFINITY, 1e30f, 0, 0, NAN},
    {NAN, NAN, NAN, NAN, NAN},
    {NAN, 1, NAN, NAN, NAN},
    {0, 0, 0, 0, 0},
    {0.25f, 0.25f, 0.25f, 0.25f, 0.25f},
    {5, 3, 0.29999995f, 0.3f, 0.3f},
};
enum { CLIPPED = sizeof clipped / sizeof *clipped };

static void expect_clipped(const char *preset, clstep_clip clip, size_t i, float wanted)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, preset), CLSTEP_OK);
    rule.clip = clip;
    rule.clip_bound = 0.5;
    const float got = clstep__clip_by_norm(&rule, clipped[i].norm, clipped[i].g);
    ck_assert_msg(got == wanted || (isnan(got) && isnan(wanted)), "%s: %.9g, not %.9g", preset,
                  (double)got, (double)wanted);
}

START_TEST(clip_as_the_frameworks)
{
    static const char *const others[] = {"torch", "mlx", "hinton", "adam"};
    static const char *const keras[] = {"keras", "keras-torch", "tf1", "tf"};
    const size_t i = (size_t)_i;
    for (size_t k = 0; k < 4; k++) {
        expect_clipped(others[k], CLSTEP_CLIP_NORM, i, clipped[i].torch);
        expect_clipped(others[k], CLSTEP_CLIP_GLOBAL_NORM, i, clipped[i].torch);
        expect_clipped(keras[k], CLSTEP_CLIP_NORM, i, clipped[i].keras);
        expect_clipped(keras[k], CLSTEP_CLIP_GLOBAL_NORM, i, clipped[i].keras_global);
    }
}
END_TEST

Suite *formula_suite(void)
{
    Suite *suite = suite_create("formula");
    TCase *tests = tcase_create("formula");
    int presets = 0;
    while (clstep_preset((size_t)presets))
        presets++;
    tcase_add_loop_test(tests, rmsprop_by_the_book, 0, presets);
    tcase_add_test(tests, sgd_by_the_book);
    tcase_add_test(tests, adagrad_by_the_book);
    tcase_add_test(tests, adam_by_the_book);
    tcase_add_loop_test(tests, clip_as_the_frameworks, 0, CLIPPED);
    suite_add_tcase(suite, tests);
    return suite;
}
