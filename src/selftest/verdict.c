/* Turns counts into a verdict and a sentence. Uses no device. */
#include "selftest/verdict.h"

#include "base/text.h"
#include "selftest/promise.h"

#include <stdio.h>
#include <string.h>

/* The departures that a device can report. */
enum { CLAIMS = CLSTEP_DEPARTS_DIVIDE | CLSTEP_DEPARTS_SQRT | CLSTEP_DEPARTS_SUBNORMALS };

/* Bytes of a text that names departures. */
enum { CAUSES = 132 };

unsigned clstep__departs_reported(const clstep_device_info *info)
{
    unsigned departs = info->correctly_rounded ? 0 : CLSTEP_DEPARTS_DIVIDE | CLSTEP_DEPARTS_SQRT;
    return info->denormals ? departs : departs | CLSTEP_DEPARTS_SUBNORMALS;
}

unsigned clstep__promised_ulp(unsigned reported, unsigned seen)
{
    const unsigned spoilt = (reported & CLSTEP_DEPARTS_SUBNORMALS) |
                            (seen & (CLSTEP_DEPARTS_FMA | CLSTEP_DEPARTS_BASICS));
    return reported && spoilt ? CLSTEP_SELFTEST_ULP : 0;
}

static void add(clstep_selftest_operation *sum, const clstep_selftest_operation *more)
{
    sum->tested += more->tested;
    sum->different += more->different;
    if (more->largest_ulp > sum->largest_ulp)
        sum->largest_ulp = more->largest_ulp;
}

void clstep__verdict_probe(clstep_selftest_summary *summary, const clstep__probe *probe)
{
    summary->divide = probe->operations[CLSTEP__PROBE_DIVIDE];
    summary->square_root = probe->operations[CLSTEP__PROBE_SQRT];
    summary->fused = probe->operations[CLSTEP__PROBE_FMA];
    summary->basic = probe->operations[CLSTEP__PROBE_MULTIPLY];
    add(&summary->basic, &probe->operations[CLSTEP__PROBE_ADD]);
    summary->zero = probe->zeros;
    /* If fma rounds its product separately, that can look like a flushed addend. */
    for (int i = 0; i < CLSTEP__PROBE_OPERATIONS; i++) {
        if (i != CLSTEP__PROBE_FMA || summary->fused.different == 0)
            add(&summary->subnormal, &probe->subnormal[i]);
    }
    const struct {
        const clstep_selftest_operation *row;
        unsigned departs;
    } rows[] = {
        {&summary->divide, CLSTEP_DEPARTS_DIVIDE},
        {&summary->square_root, CLSTEP_DEPARTS_SQRT},
        {&summary->fused, CLSTEP_DEPARTS_FMA},
        {&summary->basic, CLSTEP_DEPARTS_BASICS},
        {&summary->subnormal, CLSTEP_DEPARTS_SUBNORMALS},
        {&summary->zero, CLSTEP_DEPARTS_ZEROS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].row->different > 0)
            summary->seen |= rows[i].departs;
    }
}

/* "rounds divide, fma differently from IEEE 754 and flushes subnormal numbers to 0" */
static void name_departures(unsigned departs, char *text, size_t size)
{
    static const struct {
        unsigned departs;
        const char *name;
    } rounded[] = {
        {CLSTEP_DEPARTS_DIVIDE, "divide"},
        {CLSTEP_DEPARTS_SQRT, "sqrt"},
        {CLSTEP_DEPARTS_FMA, "fma"},
        {CLSTEP_DEPARTS_BASICS, "+ and *"},
    };
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++) {
        if (!(departs & rounded[i].departs))
            continue;
        length += (size_t)snprintf(text + length, size - length, "%s%s", length ? ", " : "rounds ",
                                   rounded[i].name);
    }
    if (length)
        length += (size_t)snprintf(text + length, size - length, " differently from IEEE 754");
    if (departs & CLSTEP_DEPARTS_SUBNORMALS)
        length += (size_t)snprintf(text + length, size - length, "%sflushes subnormal numbers to 0",
                                   length ? " and " : "");
    if (departs & CLSTEP_DEPARTS_ZEROS)
        snprintf(text + length, size - length, "%sgives some zeros the wrong sign",
                 length ? " and " : "");
}

/* The abilities that a device claims, if it reports the departures `reported`. */
static const char *claims_of(unsigned reported)
{
    const bool rounds = !(reported & CLSTEP_DEPARTS_DIVIDE);
    const bool keeps = !(reported & CLSTEP_DEPARTS_SUBNORMALS);
    return rounds && keeps ? "correctly rounded divide and sqrt, and subnormal numbers"
           : rounds        ? "correctly rounded divide and sqrt"
                           : "subnormal numbers";
}

/* What was not compared, as the end of a sentence. */
static const char *reservation_of(const clstep_selftest_summary *summary)
{
    return summary->left_out & CLSTEP_LEFT_OUT_DIVIDES
               ? "; bf16, fp16 and 8 bits were compared with SGD only"
               : "";
}

static void say_exact(clstep_selftest_summary *summary)
{
    if (summary->reported == 0)
        snprintf(summary->text, sizeof summary->text, "bit-exact on this device");
    else
        snprintf(summary->text, sizeof summary->text,
                 "bit-exact on this device, although it does not report %s%s",
                 claims_of(CLAIMS & ~summary->reported), reservation_of(summary));
}

/* For runs in which only the probe ran. */
static void say_nothing(clstep_selftest_summary *summary)
{
    snprintf(summary->text, sizeof summary->text,
             "nothing was compared: this device can do nothing of what was asked for");
}

static void say_within(clstep_selftest_summary *summary)
{
    char causes[CAUSES];
    name_departures(summary->seen ? summary->seen : summary->reported, causes, sizeof causes);
    snprintf(summary->text, sizeof summary->text, "within %u ulp: this device %s%s%s",
             (unsigned)summary->promised_ulp, causes,
             summary->count.unbounded
                 ? "; some rules have no bound there (centring by the variance recursion has one)"
                 : "",
             reservation_of(summary));
}

/* Says which numbers are off. */
static void say_what(const clstep_selftest_summary *summary, const clstep_selftest_count *all,
                     char *text, size_t size)
{
    const uint64_t in_fp32 = summary->count.outside + summary->addresses.outside;
    const uint64_t formats = summary->formats.outside;
    const unsigned long long off = all->outside;
    const char *are = off == 1 ? "is" : "are", *differ = off == 1 ? "differs" : "differ";
    if (all->elements == 0)
        snprintf(text, size, "nothing was compared");
    else if (all->outside == 0)
        snprintf(text, size, "no number %s is off",
                 summary->count.elements ? "of these presets" : "that was compared");
    else if (all->outside == summary->wrong_zeros)
        snprintf(text, size, "%llu %s the wrong sign, and no other number is off", off,
                 off == 1 ? "zero has" : "zeros have");
    else if (in_fp32 == 0)
        snprintf(text, size, "%llu number%s in other formats than fp32 %s", off,
                 clstep__plural(off), differ);
    else if (summary->count.outside + formats == 0)
        snprintf(text, size, "%llu number%s in shared virtual memory %s off", off,
                 clstep__plural(off), are);
    else if (summary->promised_ulp && formats == 0)
        snprintf(text, size, "%llu number%s %s more than the promised %u ulp off", off,
                 clstep__plural(off), are, (unsigned)summary->promised_ulp);
    else if (summary->promised_ulp)
        snprintf(text, size, "%llu number%s %s off by more than promised", off, clstep__plural(off),
                 are);
    else
        snprintf(text, size, "%llu number%s %s", off, clstep__plural(off), differ);
}

static void say_failed(clstep_selftest_summary *summary, const clstep_selftest_count *all)
{
    char causes[CAUSES], what[96];
    name_departures(summary->seen, causes, sizeof causes);
    say_what(summary, all, what, sizeof what);
    if (all->overwritten > 0)
        snprintf(summary->text, sizeof summary->text,
                 "failed: %llu number%s outside every tensor, or in a gradient, %s overwritten",
                 (unsigned long long)all->overwritten, clstep__plural(all->overwritten),
                 all->overwritten == 1 ? "was" : "were");
    else if (summary->seen & ~summary->reported & CLAIMS)
        snprintf(summary->text, sizeof summary->text, "failed: %s; the device reports %s, but %s",
                 what, claims_of(summary->reported), causes);
    else
        snprintf(summary->text, sizeof summary->text, "failed: %s; this device %s", what,
                 causes[0] ? causes
                           : "does divide, sqrt and fma as it reports, so its driver's compiler or "
                             "clstep is wrong");
}

void clstep__verdict_reach(clstep_selftest_summary *summary)
{
    clstep_selftest_count all = summary->count;
    clstep__count_add(&all, &summary->formats);
    clstep__count_add(&all, &summary->addresses);
    /* A departure that only the probe has found counts too: with other numbers, updates would have
     * differed. */
    const unsigned allowed = summary->promised_ulp ? summary->reported | CLSTEP_DEPARTS_ZEROS : 0;
    if (all.outside > 0 || all.overwritten > 0 || (summary->seen & ~allowed)) {
        summary->verdict = CLSTEP_VERDICT_FAILED;
        say_failed(summary, &all);
    } else if (all.elements == 0) {
        summary->verdict = CLSTEP_VERDICT_WITHIN;
        say_nothing(summary);
    } else if (all.different > 0 || summary->seen) {
        summary->verdict = CLSTEP_VERDICT_WITHIN;
        say_within(summary);
    } else {
        summary->verdict = CLSTEP_VERDICT_EXACT;
        say_exact(summary);
    }
}
