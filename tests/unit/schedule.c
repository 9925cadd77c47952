/* The learning rates of every schedule, step by step, and schedules that are refused. */
#include "suites.h"

#include <clstep/rule.h>
#include <math.h>
#include <string.h>

static clstep_schedule make(int32_t kind)
{
    clstep_schedule schedule = CLSTEP_SCHEDULE_INIT;
    schedule.kind = kind;
    schedule.lr = 0.1;
    schedule.gamma = 0.5;
    schedule.period = 10;
    schedule.total_steps = 101;
    ck_assert_int_eq(clstep_schedule_validate(&schedule), CLSTEP_OK);
    return schedule;
}

static void expect(const clstep_schedule *schedule, uint64_t step, double lr)
{
    ck_assert_double_eq_tol(clstep_schedule_lr(schedule, step), lr, 1e-15);
}

START_TEST(kinds)
{
    clstep_schedule s = make(CLSTEP_SCHEDULE_CONSTANT);
    expect(&s, 0, 0.1);
    expect(&s, 1000000, 0.1);
    s = make(CLSTEP_SCHEDULE_STEP);
    expect(&s, 9, 0.1);
    expect(&s, 10, 0.05);
    expect(&s, 29, 0.025);
    s = make(CLSTEP_SCHEDULE_EXPONENTIAL);
    expect(&s, 5, 0.1 * sqrt(0.5));
    expect(&s, 20, 0.025);
    s = make(CLSTEP_SCHEDULE_COSINE);
    s.final_lr = 0.02;
    expect(&s, 0, 0.1);
    expect(&s, 50, 0.06);
    expect(&s, 100, 0.02);
    expect(&s, 5000, 0.02);
}
END_TEST

START_TEST(warm_up)
{
    clstep_schedule s = make(CLSTEP_SCHEDULE_COSINE);
    s.warmup_steps = 4;
    s.total_steps = 105;
    expect(&s, 0, 0.025);
    expect(&s, 3, 0.1);
    expect(&s, 4, 0.1);
    expect(&s, 54, 0.05);
    expect(&s, 104, 0);
}
END_TEST

/* PyTorch's OneCycleLR: from lr / 25 at step 0 to lr at 0.3 n - 1, to lr / 250000 at n - 1. */
START_TEST(one_cycle)
{
    clstep_schedule s = make(CLSTEP_SCHEDULE_ONE_CYCLE);
    s.total_steps = 100;
    expect(&s, 0, 0.004);
    expect(&s, 29, 0.1);
    expect(&s, 99, 4e-7);
    for (uint64_t step = 1; step < 100; step++) {
        const double change = clstep_schedule_lr(&s, step) - clstep_schedule_lr(&s, step - 1);
        ck_assert(step <= 29 ? change > 0 : change < 0);
    }
    /* half-way up and half-way down */
    s.total_steps = 110; /* rise 32, fall 77 */
    expect(&s, 16, 0.052);
    ck_assert_double_eq_tol(clstep_schedule_lr(&s, 32), 0.1, 1e-15);
}
END_TEST

START_TEST(short_ones)
{
    clstep_schedule s = make(CLSTEP_SCHEDULE_COSINE);
    s.total_steps = 1;
    expect(&s, 0, 0);
    s = make(CLSTEP_SCHEDULE_ONE_CYCLE);
    for (s.total_steps = 1; s.total_steps < 10; s.total_steps++) {
        for (uint64_t step = 0; step < s.total_steps + 3; step++) {
            const double lr = clstep_schedule_lr(&s, step);
            ck_assert(lr >= 0 && lr <= 0.1 + 1e-15);
        }
    }
}
END_TEST

/* The message begins with what is wrong. */
static void refuse(const clstep_schedule *wrong, const char *what)
{
    ck_assert_int_eq(clstep_schedule_validate(wrong), CLSTEP_INVALID_ARGUMENT);
    const char *message = clstep_last_error()->message;
    ck_assert_msg(strncmp(message, what, strlen(what)) == 0, "%s: %s", what, message);
    ck_assert(isnan(clstep_schedule_lr(wrong, 0)));
}

#define REFUSE(field, value, what)                                                                 \
    do {                                                                                           \
        clstep_schedule wrong = make(CLSTEP_SCHEDULE_COSINE);                                      \
        wrong.field = (value);                                                                     \
        refuse(&wrong, what);                                                                      \
    } while (0)

START_TEST(refusals)
{
    REFUSE(size, 0, "schedule ");
    REFUSE(kind, 5, "kind is 5");
    REFUSE(kind, -1, "kind is -1");
    REFUSE(reserved, 1, "reserved ");
    REFUSE(lr, -1, "lr is -1");
    REFUSE(lr, NAN, "lr is NaN");
    REFUSE(lr, INFINITY, "lr is inf");
    REFUSE(final_lr, -1, "final_lr is -1");
    REFUSE(final_lr, 1e300, "final_lr is 1e+300");
    REFUSE(total_steps, 0, "total_steps ");
    REFUSE(warmup_steps, 101, "total_steps must be above warmup_steps");
    clstep_schedule s = make(CLSTEP_SCHEDULE_STEP);
    s.period = 0;
    refuse(&s, "period is 0");
    s = make(CLSTEP_SCHEDULE_EXPONENTIAL);
    s.gamma = 0;
    refuse(&s, "gamma is 0");
    s = make(CLSTEP_SCHEDULE_ONE_CYCLE);
    s.warmup_steps = 1;
    refuse(&s, "one-cycle ");
    refuse(NULL, "schedule ");
    clstep_schedule_kind kind = CLSTEP_SCHEDULE_STEP;
    ck_assert_int_eq(clstep_schedule_kind_from_name("cosine", &kind), CLSTEP_OK);
    ck_assert_int_eq(kind, CLSTEP_SCHEDULE_COSINE);
    ck_assert_int_eq(clstep_schedule_kind_from_name("one-cycle", &kind), CLSTEP_OK);
    ck_assert_int_eq(kind, CLSTEP_SCHEDULE_ONE_CYCLE);
    ck_assert_int_eq(clstep_schedule_kind_from_name("sine", &kind), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(clstep_schedule_kind_from_name(NULL, &kind), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(clstep_schedule_kind_from_name("cosine", NULL), CLSTEP_INVALID_ARGUMENT);
    ck_assert_int_eq(kind, CLSTEP_SCHEDULE_ONE_CYCLE);
}
END_TEST

Suite *schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tests = tcase_create("schedule");
    tcase_add_test(tests, kinds);
    tcase_add_test(tests, warm_up);
    tcase_add_test(tests, one_cycle);
    tcase_add_test(tests, short_ones);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    return suite;
}
