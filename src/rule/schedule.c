/* Learning-rate schedules: pure functions of the step. */
#include "base/error.h"
#include "base/sized.h"
#include "base/text.h"

#include <clstep/rule.h>
#include <math.h>
#include <string.h>

static const char *const names[] = {"constant", "step", "exponential", "cosine", "one-cycle"};

enum { KINDS = sizeof names / sizeof *names };

static const char validating[] = "clstep_schedule_validate";

clstep_status clstep_schedule_kind_from_name(const char *name, clstep_schedule_kind *kind)
{
    static const char call[] = "clstep_schedule_kind_from_name";
    if (!name || !kind)
        return clstep__refuse(call, "%s is NULL", name ? "kind" : "name");
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *kind = (clstep_schedule_kind)i;
            return CLSTEP_OK;
        }
    }
    return clstep__refuse(call,
                          "there is no schedule \"%.40s\"; there are constant, step, exponential, "
                          "cosine and one-cycle",
                          name);
}

static clstep_status check_rate(const char *name, double lr)
{
    char text[CLSTEP__NUMBER_SIZE];
    if (lr >= 0 && isfinite((float)lr)) /* a step takes fp32 */
        return CLSTEP_OK;
    return clstep__refuse(validating, "%s is %s; it must be a finite fp32 number of at least 0",
                          name, clstep__number(lr, text));
}

static clstep_status check_periods(const clstep_schedule *schedule)
{
    char text[CLSTEP__NUMBER_SIZE];
    if (!(isfinite(schedule->gamma) && schedule->gamma > 0))
        return clstep__refuse(validating, "gamma is %s; it must be a finite number above 0",
                              clstep__number(schedule->gamma, text));
    if (schedule->period == 0)
        return clstep__refuse(validating, "period is 0; it must be above 0");
    return CLSTEP_OK;
}

static clstep_status check_end(const clstep_schedule *schedule)
{
    if (schedule->total_steps <= schedule->warmup_steps)
        return clstep__refuse(validating,
                              "total_steps must be above warmup_steps for cosine and one-cycle");
    if (schedule->kind == CLSTEP_SCHEDULE_ONE_CYCLE && schedule->warmup_steps > 0)
        return clstep__refuse(validating,
                              "one-cycle has a warm-up of its own; set warmup_steps to 0");
    return CLSTEP_OK;
}

static clstep_status read_schedule(clstep_schedule *schedule, const clstep_schedule *given)
{
    if (!clstep__struct_read(schedule, given, CLSTEP__SIZES(clstep_schedule)))
        return clstep__refuse(validating, "schedule must point to a clstep_schedule that starts as "
                                          "CLSTEP_SCHEDULE_INIT");
    const clstep_schedule_kind kind = schedule->kind;
    if ((int)kind < 0 || (int)kind >= KINDS)
        return clstep__refuse(validating,
                              "kind is %d, which is no schedule; take one of "
                              "CLSTEP_SCHEDULE_CONSTANT, STEP, EXPONENTIAL, COSINE, ONE_CYCLE",
                              (int)kind);
    if (schedule->reserved != 0)
        return clstep__refuse(validating, "reserved must be 0");
    clstep_status status = check_rate("lr", schedule->lr);
    if (status == CLSTEP_OK)
        status = check_rate("final_lr", schedule->final_lr);
    if (status != CLSTEP_OK)
        return status;
    if (kind == CLSTEP_SCHEDULE_STEP || kind == CLSTEP_SCHEDULE_EXPONENTIAL)
        return check_periods(schedule);
    if (kind == CLSTEP_SCHEDULE_COSINE || kind == CLSTEP_SCHEDULE_ONE_CYCLE)
        return check_end(schedule);
    return CLSTEP_OK;
}

clstep_status clstep_schedule_validate(const clstep_schedule *schedule)
{
    clstep_schedule own;
    return read_schedule(&own, schedule);
}

/* Half a cosine, from `first` at part 0 to `last` at part 1. */
static double half_cosine(double first, double last, double part)
{
    static const double pi = 3.14159265358979323846;
    return last + (first - last) * (1.0 + cos(pi * part)) / 2.0;
}

static double part_of(double s, double n)
{
    return n > 0 && s < n ? s / n : 1.0;
}

static double one_cycle(double lr, double s, double n)
{
    const double rise = 0.3 * (n + 1) - 1; /* where PyTorch's OneCycleLR has its peak */
    const double start = lr / 25.0;
    if (s <= rise)
        return half_cosine(start, lr, part_of(s, rise));
    return half_cosine(lr, start / 1e4, part_of(s - rise, n - rise));
}

double clstep_schedule_lr(const clstep_schedule *given, uint64_t step)
{
    clstep_schedule own;
    const clstep_schedule *schedule = &own;
    if (read_schedule(&own, given) != CLSTEP_OK)
        return NAN;
    const double lr = schedule->lr;
    if (step < schedule->warmup_steps)
        return lr * ((double)step + 1.0) / (double)schedule->warmup_steps;
    const uint64_t s = step - schedule->warmup_steps;
    const double n = (double)(schedule->total_steps - schedule->warmup_steps) - 1.0;
    switch (schedule->kind) {
    case CLSTEP_SCHEDULE_STEP:
        return lr * pow(schedule->gamma, (double)(s / schedule->period));
    case CLSTEP_SCHEDULE_EXPONENTIAL:
        return lr * pow(schedule->gamma, (double)s / (double)schedule->period);
    case CLSTEP_SCHEDULE_COSINE:
        return half_cosine(lr, schedule->final_lr, part_of((double)s, n));
    case CLSTEP_SCHEDULE_ONE_CYCLE:
        return one_cycle(lr, (double)s, n);
    default:
        return lr;
    }
}
