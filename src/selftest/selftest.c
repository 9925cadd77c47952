/* clstep_selftest(): probes the device, runs all trials and reaches a verdict. */
#include <clstep/selftest.h>

#include "base/error.h"
#include "base/sized.h"
#include "device/device_pointers.h"
#include "engine/engine.h"
#include "optimizer/events.h"
#include "selftest/probe.h"
#include "selftest/promise.h"
#include "selftest/trial.h"
#include "selftest/verdict.h"

#include <fenv.h>
#include <float.h>
#include <string.h>

static const char call[] = "clstep_selftest";

enum { ALL_PARTS = CLSTEP_PART_PRESETS | CLSTEP_PART_FORMATS | CLSTEP_PART_ADDRESSES };

/* Compares bits: a comparison of floats could itself take subnormal numbers for 0. */
static bool keeps_subnormals(void)
{
    volatile float least = FLT_MIN;
    volatile float half = least * 0.5f;
    volatile float again = half * 2.0f;
    const float value = again, wanted = FLT_MIN;
    return memcmp(&value, &wanted, sizeof value) == 0;
}

static clstep_status check_host(void)
{
    if (fegetround() != FE_TONEAREST)
        return clstep__fail(
            CLSTEP_UNSUPPORTED, call,
            "the calling thread does not round to nearest; call fesetround() first");
    if (!keeps_subnormals())
        return clstep__fail(
            CLSTEP_UNSUPPORTED, call,
            "the calling thread flushes subnormal numbers to 0, as programs do that "
            "are linked with -ffast-math; link without it");
    return CLSTEP_OK;
}

static clstep_status check_options(const clstep_selftest_options *given,
                                   clstep_selftest_options *options)
{
    if (!clstep__struct_read(options, given, CLSTEP__SIZES(clstep_selftest_options)))
        return clstep__refuse(call, "options must start as CLSTEP_SELFTEST_OPTIONS_INIT");
    if (options->quick > 1)
        return clstep__refuse(call, "options.quick must be 0 or 1");
    if (options->parts & ~(uint32_t)ALL_PARTS)
        return clstep__refuse(call,
                              "options.parts must be made of CLSTEP_PART_PRESETS, _FORMATS and "
                              "_ADDRESSES");
    clstep_rule rule = CLSTEP_RULE_INIT;
    return options->preset ? clstep_rule_preset(&rule, options->preset) : CLSTEP_OK;
}

static clstep_status check(const clstep_engine *engine, cl_command_queue queue,
                           const clstep_selftest_options *given, clstep_selftest_options *options,
                           const clstep_selftest_summary *summary)
{
    if (!engine || !queue)
        return clstep__refuse(call, "%s", engine ? "queue is NULL" : "engine is NULL");
    clstep_status status = given ? check_options(given, options) : CLSTEP_OK;
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__process_is_ours(&engine->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call, "the engine was made before fork()");
    clstep__events events = {0};
    status = clstep__events_use(&events, engine->context, engine->device, call, queue);
    clstep__events_release(&events);
    if (status == CLSTEP_OK)
        status = check_host();
    if (status == CLSTEP_OK &&
        !clstep__struct_fits(summary, CLSTEP__SIZES(clstep_selftest_summary)))
        return clstep__refuse(call,
                              "summary must point to a clstep_selftest_summary that starts as "
                              "CLSTEP_SELFTEST_SUMMARY_INIT");
    return status;
}

static clstep_status probe(clstep_engine *engine, cl_command_queue queue,
                           clstep_selftest_summary *summary)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(engine->device, &info);
    if (status != CLSTEP_OK)
        return status;
    const clstep__probe_place place = {.context = engine->context,
                                       .device = engine->device,
                                       .queue = queue,
                                       .width = engine->width,
                                       .correctly_rounded = engine->correctly_rounded};
    clstep__probe found;
    clstep__text log = {0};
    status = clstep__probe_run(&place, &found, &log);
    if (log.length > 0) {
        pthread_mutex_lock(&engine->lock);
        clstep__text_free(&engine->build_log);
        engine->build_log = log;
        pthread_mutex_unlock(&engine->lock);
    } else {
        clstep__text_free(&log);
    }
    if (status != CLSTEP_OK)
        return status;
    clstep__verdict_probe(summary, &found);
    summary->reported = clstep__departs_reported(&info);
    summary->promised_ulp = clstep__promised_ulp(summary->reported, summary->seen);
    return CLSTEP_OK;
}

/* Whether the options leave out a preset. */
static bool is_left_out(const clstep_selftest_options *options, size_t index)
{
    return options->preset && strcmp(options->preset, clstep_preset(index)->name) != 0;
}

static clstep_status run_preset(clstep__trial_setting *setting, size_t index,
                                clstep_selftest_result *result)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_CASES_MAX];
    size_t count = 0;
    clstep_status status = clstep__selftest_cases(index, setting->quick, cases, &count);
    for (size_t i = 0; i < count && status == CLSTEP_OK; i++) {
        setting->of = &cases[i];
        status = clstep__trial_run(setting, result);
    }
    return status;
}

static clstep_status run_presets(clstep__trial_setting *setting,
                                 const clstep_selftest_options *options,
                                 clstep_selftest_summary *summary)
{
    clstep_selftest_result result = {.size = sizeof result};
    for (size_t i = 0; clstep_preset(i); i++)
        result.presets += !is_left_out(options, i);
    for (size_t i = 0; clstep_preset(i); i++) {
        if (is_left_out(options, i))
            continue;
        result.preset = clstep_preset(i)->name;
        result.count = (clstep_selftest_count){0};
        result.first[0] = '\0';
        result.wrong_zeros = 0;
        clstep_status status = run_preset(setting, i, &result);
        if (status != CLSTEP_OK)
            return status;
        clstep__count_add(&summary->count, &result.count);
        summary->wrong_zeros += result.wrong_zeros;
        if (options->report)
            options->report(&result, options->data);
        result.index++;
    }
    return CLSTEP_OK;
}

/* ---- formats and addresses */

/* Whether a case has a bound on this device. If not, the summary says why. */
static bool is_promised(const clstep__trial_setting *setting, const clstep__selftest_case *of,
                        clstep_selftest_summary *summary)
{
    const bool is_double = of->format.param == CLSTEP_DTYPE_FLOAT64;
    if ((is_double || of->format.grad == CLSTEP_DTYPE_FLOAT64) && !setting->engine->has_double) {
        summary->left_out |= CLSTEP_LEFT_OUT_FLOAT64;
        return false;
    }
    if (is_double) /* OpenCL demands IEEE 754 for fp64 */
        return true;
    if (setting->departs & CLSTEP_DEPARTS_SUBNORMALS)
        summary->left_out |= CLSTEP_LEFT_OUT_SUBNORMALS;
    /* a rule without eps has no divide and no root */
    if (setting->departs == 0 || !clstep_rule_has(&of->rule, "eps"))
        return true;
    summary->left_out |= CLSTEP_LEFT_OUT_DIVIDES;
    return false;
}

static clstep_status run_formats(clstep__trial_setting *setting, clstep_selftest_result *result,
                                 clstep_selftest_summary *summary)
{
    clstep__selftest_case cases[CLSTEP__SELFTEST_FORMATS_MAX];
    size_t count = 0;
    clstep_status status = clstep__selftest_formats(setting->quick, cases, &count);
    for (size_t i = 0; i < count && status == CLSTEP_OK; i++) {
        setting->of = &cases[i];
        if (is_promised(setting, &cases[i], summary))
            status = clstep__trial_run(setting, result);
    }
    summary->formats = result->count;
    return status;
}

static clstep_status run_addresses(clstep__trial_setting *setting, clstep_selftest_result *result,
                                   clstep_selftest_summary *summary)
{
    clstep__selftest_case of;
    clstep_status status = clstep__selftest_addresses(&of);
    setting->of = &of;
    result->count = (clstep_selftest_count){0};
    if (status == CLSTEP_OK && (setting->engine->pointers & CLSTEP__POINTERS_SHARED))
        status = clstep__trial_run(setting, result);
    summary->addresses = result->count;
    if (result->count.cases == 0)
        summary->left_out |= CLSTEP_LEFT_OUT_ADDRESSES;
    return status;
}

static clstep_status run_parts(clstep__trial_setting *setting,
                               const clstep_selftest_options *options,
                               clstep_selftest_summary *summary)
{
    uint32_t parts = options->parts;
    if (parts == 0)
        parts = options->preset ? CLSTEP_PART_PRESETS : ALL_PARTS;
    clstep_selftest_result others = {.size = sizeof others};
    clstep_status status = CLSTEP_OK;
    if (parts & CLSTEP_PART_PRESETS)
        status = run_presets(setting, options, summary);
    if (status == CLSTEP_OK && (parts & CLSTEP_PART_FORMATS))
        status = run_formats(setting, &others, summary);
    if (status == CLSTEP_OK && (parts & CLSTEP_PART_ADDRESSES))
        status = run_addresses(setting, &others, summary);
    summary->wrong_zeros += others.wrong_zeros;
    memcpy(summary->first, others.first, sizeof summary->first);
    return status;
}

clstep_status clstep_selftest(clstep_engine *engine, cl_command_queue queue,
                              const clstep_selftest_options *options,
                              clstep_selftest_summary *summary)
{
    clstep_selftest_options own = CLSTEP_SELFTEST_OPTIONS_INIT;
    clstep_status status = check(engine, queue, options, &own, summary);
    if (status != CLSTEP_OK)
        return status;
    clstep_selftest_summary made = CLSTEP_SELFTEST_SUMMARY_INIT;
    status = probe(engine, queue, &made);
    if (status != CLSTEP_OK)
        return clstep__failed_in(status, call);
    clstep__trial_setting setting = {.engine = engine,
                                     .context = engine->context,
                                     .queue = queue,
                                     .departs = made.promised_ulp ? made.reported : 0,
                                     .quick = own.quick};
    status = run_parts(&setting, &own, &made);
    if (status != CLSTEP_OK)
        return clstep__failed_in(status, call);
    clstep__verdict_reach(&made);
    clstep__struct_write(summary, &made, sizeof(clstep_selftest_summary));
    return CLSTEP_OK;
}
