/* The variance recursion and the frameworks' v - m^2, both compared with fp64. */
#include "reference/reference.h"

#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first values, 0, weigh 1e-11 of the variance after SETTLED steps. */
enum { ELEMENTS = 128, SETTLED = 2500, STEPS = 3500 };

static double uniform(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (double)(*seed >> 11) / 9007199254740992.0 * 2 - 1;
}

typedef struct {
    double error;      /* mean relative error of the variance */
    unsigned negative; /* how often it was below 0 */
} outcome;

static outcome run(int32_t variance, double noise, int bias_correction)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "hinton"), CLSTEP_OK);
    rule.centered = 1;
    rule.variance = variance;
    rule.rho = 0.99;
    rule.bias_correction = bias_correction;
    uint64_t seed = 88172645463325252ull;
    outcome got = {0};
    unsigned long counted = 0;
    for (int i = 0; i < ELEMENTS; i++) {
        const double mean = uniform(&seed) * 3;
        float p = 0, state[3] = {0};
        double sum = 0, squares = 0; /* fp64, the weighted sums themselves */
        for (int t = 1; t <= STEPS; t++) {
            const float g = (float)(mean * (1 + noise * uniform(&seed)));
            clstep__reference(&rule, 0.001, (uint64_t)t, &p, g, state);
            sum = rule.rho * sum + (1 - rule.rho) * (double)g;
            squares = rule.rho * squares + (1 - rule.rho) * (double)g * (double)g;
            const double weight = bias_correction ? 1 - pow(rule.rho, t) : 1;
            const double exact = squares / weight - sum / weight * (sum / weight);
            double v = (double)state[0];
            if (variance == CLSTEP_VARIANCE_DIFFERENCE)
                v = (double)fmaf(-state[1], state[1], state[0]);
            got.negative += v < 0;
            if (t > SETTLED) {
                got.error += fabs(v - exact) / exact;
                counted++;
            }
        }
    }
    got.error /= (double)counted;
    return got;
}

/* A line of the table in docs/centered.md. */
static void format_line(char *line, size_t size, double noise)
{
    const outcome ours = run(CLSTEP_VARIANCE_RECURSION, noise, 0);
    const outcome theirs = run(CLSTEP_VARIANCE_DIFFERENCE, noise, 0);
    snprintf(line, size, "| %g | %.1e | %u | %.1e | %u |", noise, theirs.error, theirs.negative,
             ours.error, ours.negative);
}

/* Every run makes the same numbers, so that what the page says can be held against them. */
START_TEST(table_of_the_docs)
{
    static char page[16384];
    FILE *file = fopen("docs/centered.md", "r");
    ck_assert_msg(file != NULL, "docs/centered.md is not there; run the tests at the top folder");
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    static const double noises[] = {1, 0.1, 0.01, 0.001, 0.0001};
    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
        char line[128];
        format_line(line, sizeof line, noises[i]);
        ck_assert_msg(strstr(page, line) != NULL, "docs/centered.md lacks the line %s", line);
    }
}
END_TEST

START_TEST(recursion_is_accurate_and_never_negative)
{
    static const struct {
        double noise;
        double bound;
    } cases[] = {{1, 1e-5}, {0.1, 1e-5}, {0.01, 3e-5}, {0.001, 2e-4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const outcome got = run(CLSTEP_VARIANCE_RECURSION, cases[i].noise, 0);
        ck_assert_uint_eq(got.negative, 0);
        ck_assert_msg(got.error < cases[i].bound, "noise %g: error %g", cases[i].noise, got.error);
    }
}
END_TEST

/* What it is better than: if this fails the test above proves nothing. */
START_TEST(difference_is_neither)
{
    const outcome got = run(CLSTEP_VARIANCE_DIFFERENCE, 1e-4, 0);
    ck_assert_uint_gt(got.negative, 0);
    ck_assert(got.error > 1000 * run(CLSTEP_VARIANCE_RECURSION, 1e-4, 0).error);
}
END_TEST

/* With bias correction the recursion gives v / c - (m / c)^2, c = 1 - rho^t. */
START_TEST(bias_correction)
{
    const outcome got = run(CLSTEP_VARIANCE_RECURSION, 0.1, 1);
    ck_assert_uint_eq(got.negative, 0);
    ck_assert(got.error < 1e-5);
}
END_TEST

/* From the first step: the mean is the gradient itself, the variance 0. */
START_TEST(first_step_with_bias_correction)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, "hinton"), CLSTEP_OK);
    rule.centered = 1;
    rule.bias_correction = 1;
    float p = 1, state[3] = {0};
    clstep__reference(&rule, 0.001, 1, &p, 0.7f, state);
    ck_assert(state[1] == 0.7f && state[0] == 0);
    clstep__reference(&rule, 0.001, 2, &p, 0.2f, state);
    /* weights 0.09 / 0.19 and 0.1 / 0.19 */
    const double mean = (0.09 * 0.7 + 0.1 * 0.2) / 0.19;
    const double square = (0.09 * 0.49 + 0.1 * 0.04) / 0.19;
    ck_assert_double_eq_tol((double)state[1], mean, 1e-6);
    ck_assert_double_eq_tol((double)state[0], square - mean * mean, 1e-6);
}
END_TEST

Suite *variance_suite(void)
{
    Suite *suite = suite_create("variance");
    TCase *tests = tcase_create("variance");
    tcase_add_test(tests, table_of_the_docs);
    tcase_add_test(tests, recursion_is_accurate_and_never_negative);
    tcase_add_test(tests, difference_is_neither);
    tcase_add_test(tests, bias_correction);
    tcase_add_test(tests, first_step_with_bias_correction);
    suite_add_tcase(suite, tests);
    return suite;
}
