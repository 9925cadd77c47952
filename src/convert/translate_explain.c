/* The sentences about a translation. If both rules mean the same and round in the same places,
 * there are none. */
#include "convert/translate_explain.h"

#include "checkpoint/rule_json.h"
#include "convert/dialect_rule.h"

#include <inttypes.h>

static const char *on_off(int32_t value)
{
    return value ? "on" : "off";
}

static void explain_roundings(const clstep_rule *from, const clstep_rule *to,
                              clstep__report *report)
{
    if (from->rounding != to->rounding)
        clstep__report_say(
            report,
            "the target rounds as %s does, the source as %s: results differ in their last bits",
            clstep__nearest_preset(to), clstep__nearest_preset(from));
}

static void explain_eps(const clstep_rule *from, const clstep_rule *to, clstep__report *report)
{
    if (from->eps_inside_sqrt == to->eps_inside_sqrt)
        return;
    const double nearest = clstep__nearest_eps(from->eps, to->eps_inside_sqrt);
    if (to->eps_inside_sqrt)
        clstep__report_say(report,
                           "eps is on the other side of the root: sqrt(v) + %g becomes sqrt(v + "
                           "%g); no eps makes them equal, the nearest is %g",
                           from->eps, to->eps, nearest);
    else
        clstep__report_say(report,
                           "eps is on the other side of the root: sqrt(v + %g) becomes sqrt(v) + "
                           "%g; no eps makes them equal, the nearest is %g",
                           from->eps, to->eps, nearest);
}

static void explain_switches(const clstep_rule *from, const clstep_rule *to, clstep__report *report)
{
    const struct {
        const char *name;
        int32_t from;
        int32_t to;
        const char *advice;
    } switches[] = {
        {"centered", from->centered, to->centered, ""},
        {"nesterov", from->nesterov, to->nesterov, ""},
        {"bias_correction", from->bias_correction, to->bias_correction, ""},
        {"maximize", from->maximize, to->maximize, "; change the sign of the loss instead"}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (switches[i].from != switches[i].to)
            clstep__report_say(report,
                               "%s is %s in the source and %s in the target: the next steps "
                               "differ%s",
                               switches[i].name, on_off(switches[i].from), on_off(switches[i].to),
                               switches[i].advice);
    }
}

static void explain_decay(const clstep_rule *from, const clstep_rule *to, clstep__report *report)
{
    static const char *const forms[] = {"L2", "decoupled", "decoupled without lr"};
    if (from->weight_decay == 0)
        return;
    if (to->weight_decay == 0)
        clstep__report_say(report, "weight_decay %g is lost: the target has none",
                           from->weight_decay);
    else if (from->decay != to->decay)
        clstep__report_say(report,
                           "weight_decay is %s in the source and %s in the target: the next steps "
                           "differ",
                           forms[from->decay], forms[to->decay]);
}

static void explain_clip(const clstep_rule *from, const clstep_rule *to, clstep__report *report)
{
    if (from->clip != CLSTEP_CLIP_NONE && to->clip == CLSTEP_CLIP_NONE)
        clstep__report_say(report, "clipping is lost: the target has none; clip the gradients "
                                   "before the step instead");
    else if (from->clip != to->clip)
        clstep__report_say(report, "the source and the target clip gradients in other ways: the "
                                   "next steps differ");
}

static void explain_momentum(const clstep__translation *t, clstep__report *report)
{
    const clstep_rule *from = t->from, *to = t->to;
    if (from->momentum > 0 && to->momentum == 0)
        clstep__report_say(report, "the momentum buffer is lost: the target has no momentum");
    if (from->momentum == 0 && to->momentum > 0)
        clstep__report_say(report, "the source has no momentum: the target's buffer starts at 0");
    if (t->scale)
        clstep__report_say(
            report,
            "lr is %s the momentum buffer in the source and %s it in the target: the buffer was %s "
            "lr (%g), which is right only as long as lr does not change",
            from->lr_in_momentum ? "inside" : "outside", to->lr_in_momentum ? "inside" : "outside",
            to->lr_in_momentum ? "multiplied by" : "divided by", (double)t->lr);
}

static void explain_variance(const clstep__translation *t, clstep__report *report)
{
    if (!t->from->centered || !t->to->centered)
        return;
    if (t->from_variance && !t->to_variance)
        clstep__report_say(report,
                           "the source stores the variance (grad_var), and the target computes it "
                           "as square_avg - grad_avg^2: the next steps differ by rounding errors, "
                           "which can make it negative and then give NaN");
    if (!t->from_variance && t->to_variance)
        clstep__report_say(
            report, "the source computes the variance as square_avg - grad_avg^2, and the target "
                    "stores it (grad_var): the next steps differ by the source's rounding errors");
}

/* Before the first step a framework creates its arrays itself, perhaps with other values. */
static void explain_initial(const clstep_rule *from, const clstep_rule *to, uint64_t steps,
                            clstep__report *report)
{
    clstep_rule preset = CLSTEP_RULE_INIT;
    if (steps > 0 || clstep_rule_preset(&preset, clstep__nearest_preset(to)) != CLSTEP_OK ||
        from->initial_square_avg == preset.initial_square_avg)
        return;
    clstep__report_say(report,
                       "no step has been taken, and square_avg starts at %g here, but at %g in a "
                       "new state of %s: load this state, do not start with a new one",
                       from->initial_square_avg, preset.initial_square_avg,
                       clstep__nearest_preset(to));
}

void clstep__translation_explain(const clstep__translation *translation, uint64_t steps,
                                 bool framework, clstep__report *report)
{
    const clstep_rule *from = translation->from, *to = translation->to;
    explain_roundings(from, to, report);
    explain_eps(from, to, report);
    explain_switches(from, to, report);
    explain_decay(from, to, report);
    explain_clip(from, to, report);
    explain_momentum(translation, report);
    explain_variance(translation, report);
    if (framework)
        explain_initial(from, to, steps, report);
}

void clstep__translation_count(const clstep__translation *translation, clstep__report *report)
{
    static const clstep__slot slots[] = {CLSTEP__SQUARE, CLSTEP__MEAN, CLSTEP__MOMENTUM,
                                         CLSTEP__OTHER};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        const char *state = clstep__state_in(translation->to, slots[i]);
        if (state && translation->rounded[slots[i]] > 0)
            clstep__report_say(report,
                               "%s: %" PRIu64 " of %" PRIu64 " elements had to be rounded to fp32",
                               state, translation->rounded[slots[i]], translation->elements);
    }
    if (translation->clamped > 0)
        clstep__report_say(report,
                           "grad_var: %" PRIu64 " of %" PRIu64 " elements fell below 0, where the "
                           "source would have made NaN, and became 0",
                           translation->clamped, translation->elements);
}
