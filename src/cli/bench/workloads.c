/* Lists the rules and dtypes that are measured. A rule's options are read by cli/rule_options.c. */
#include "cli/bench/workloads.h"

#include "cli/closest.h"

#include <stdio.h>
#include <string.h>

/* What a rule can be measured with. */
static const struct {
    const char *name;
    const char *added; /* to the name of a rule */
    clstep_dtype param, grad, state;
} mixes[] = {{"fp32", "", CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32},
             {"bf16", " bf16", CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16},
             {"8bit", " 8bit", CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8}};
enum { MIXES = sizeof mixes / sizeof *mixes };

int bench_formats_read(const char *text, unsigned *formats)
{
    if (!text || strcmp(text, "all") == 0) {
        *formats = text ? (1u << MIXES) - 1 : 1;
        return EXIT_OK;
    }
    for (size_t i = 0; i < MIXES; i++) {
        if (strcmp(text, mixes[i].name) == 0) {
            *formats = 1u << i;
            return EXIT_OK;
        }
    }
    closest search = closest_to(text);
    for (size_t i = 0; i < MIXES; i++)
        closest_try(&search, mixes[i].name);
    return complain(EXIT_USAGE, "--formats takes fp32, bf16, 8bit or all, not '%s'%s", text,
                    closest_text(&search, ""));
}

/* A rule without state has no row with 8-bit state. */
static void add_mixes(const char *name, const clstep_rule *rule, unsigned formats,
                      bench_workload *workloads, size_t *count)
{
    size_t states = 0;
    while (clstep_rule_state_name(rule, states))
        states++;
    for (size_t i = 0; i < MIXES && *count < BENCH_WORKLOADS_MAX; i++) {
        if (!(formats & 1u << i) || (states == 0 && mixes[i].state == CLSTEP_DTYPE_UINT8))
            continue;
        bench_workload *made = &workloads[(*count)++];
        *made = (bench_workload){.rule = *rule,
                                 .states = states,
                                 .param = mixes[i].param,
                                 .grad = mixes[i].grad,
                                 .state = mixes[i].state};
        snprintf(made->name, sizeof made->name, "%.80s%s", name, mixes[i].added);
    }
}

static int add_chosen(const rule_choice *choice, unsigned formats, bench_workload *workloads,
                      size_t *count)
{
    clstep_rule rule;
    const char *preset;
    char name[96];
    int code = rule_choose_preset(choice, &preset);
    if (code == EXIT_OK)
        code = rule_choose(choice, NULL, &rule);
    if (code != EXIT_OK)
        return code;
    snprintf(name, sizeof name, "%s%s%s",
             rule_option_text(choice, "rule") ? rule_option_text(choice, "rule")
             : preset                         ? preset
                                              : "hinton",
             rule_option_text(choice, "momentum") && rule.momentum > 0 ? " momentum" : "",
             rule_option_text(choice, "centered") && rule.centered ? " centred" : "");
    add_mixes(name, &rule, formats, workloads, count);
    return EXIT_OK;
}

/* The rule of the name, and the same with the switches that change its state. */
static int add_kind(const clstep_rule_info *kind, unsigned formats, bench_workload *workloads,
                    size_t *count)
{
    static const struct {
        const char *added;
        double momentum;
        int32_t centered;
    } ways[] = {{"", 0, 0}, {" momentum", 0.9, 0}, {" centred", 0, 1}, {" both", 0.9, 1}};
    clstep_rule preset = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&preset, kind->preset);
    if (status != CLSTEP_OK)
        return complain_status(status);
    const size_t all = clstep_rule_has(&preset, "centered") ? sizeof ways / sizeof *ways : 1;
    for (size_t i = 0; i < all; i++) {
        clstep_rule rule = preset;
        char name[64];
        rule.momentum = i > 0 ? ways[i].momentum : rule.momentum;
        rule.centered = i > 0 ? ways[i].centered : rule.centered;
        snprintf(name, sizeof name, "%s%s", kind->name, ways[i].added);
        add_mixes(name, &rule, formats, workloads, count);
    }
    return EXIT_OK;
}

int bench_workloads_make(const rule_choice *choice, unsigned formats, bench_workload *workloads,
                         size_t *count)
{
    *count = 0;
    if (rule_option_given(choice))
        return add_chosen(choice, formats, workloads, count);
    const clstep_rule_info *kind;
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && (kind = clstep_rule_kind(i)); i++)
        code = add_kind(kind, formats, workloads, count);
    return code;
}

bool bench_workload_is_fp32(const bench_workload *workload)
{
    return workload->param == CLSTEP_DTYPE_FLOAT32 && workload->grad == CLSTEP_DTYPE_FLOAT32 &&
           workload->state == CLSTEP_DTYPE_FLOAT32;
}

bench_workload bench_workload_in_fp32(const bench_workload *workload)
{
    bench_workload made = *workload;
    made.param = made.grad = made.state = CLSTEP_DTYPE_FLOAT32;
    return made;
}

bool bench_workload_is_plain(const bench_workload *workload)
{
    const clstep_rule *rule = &workload->rule;
    return bench_workload_is_fp32(workload) && strcmp(clstep_rule_name(rule), "rmsprop") == 0 &&
           rule->momentum == 0 && !rule->centered && rule->weight_decay == 0 &&
           !rule->bias_correction && !rule->maximize && rule->clip == CLSTEP_CLIP_NONE;
}
