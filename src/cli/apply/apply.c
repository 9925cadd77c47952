/* Reads the options of `clstep apply` and takes a step, or finishes one that was interrupted. */
#include "cli/apply/apply.h"

#include "cli/apply/digest.h"
#include "cli/apply/journal.h"
#include "cli/apply/number.h"
#include "cli/apply/run.h"
#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/read_options.h"
#include "cli/rule_text.h"
#include "cli/same_file.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "usage: clstep apply --params P --grads G [--state S]\n"
    "                    --out-params P2 --out-state S2 [OPTION...]\n\n"
    "Takes one step: updates the parameters in P with the gradients of the same names\n"
    "and shapes in G. All files are safetensors. Writes the new parameters to P2, and\n"
    "the new state to S2, which is the --state of the next step. P2 may be P, and S2\n"
    "may be S, unless P is S. Either both files are replaced or neither. If a run is\n"
    "killed while it replaces them, run the same command again: it finishes that\n"
    "step, and takes no second one.\n\n"
    "  --params P         the parameters. Those with a gradient must be F32, BF16 or\n"
    "                     F16. How F16 and BF16 parameters are rounded is part of the\n"
    "                     state; a new state rounds stochastically\n"
    "  --grads G          the gradients (F32, BF16, F16 or F64); each must belong to\n"
    "                     a parameter in P\n"
    "  --state S          the state, such as an earlier --out-state. The step uses\n"
    "                     its rule; options such as --lr change numbers of it, in all\n"
    "                     groups of tensors. Without --state a new state begins\n"
    "                     (if P has taken steps, only with --new-state).\n"
    "                     State must be F32, without master copy or residual. A\n"
    "                     file of clstep train --save, or a checkpoint that a C\n"
    "                     program saved with_params, is both --params and --state\n"
    "  --new-state        begins a new state although P has taken steps\n"
    "  --out-params P2    the new parameters, with P's metadata\n"
    "  --out-state S2     the new state\n"
    "  --partial          leaves parameters without a gradient as they are (else\n"
    "                     they are an error). Each parameter counts its own steps;\n"
    "                     one that S lacks begins with a fresh state\n"
    "  --allow-nan        takes gradients and a state that hold NaN or infinity\n"
    "  --device D         an index or a part of a name, see `clstep devices`\n"
    "  --help\n\n"
    "The rule of a new state (default: the preset hinton):\n" RULE_OPTIONS_HELP
    "A norm needs all gradients at once: apply refuses --clip norm and global-norm.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

static int check_options(const apply_options *options)
{
    const needed_option needed[] = {{"params", options->params},
                                    {"grads", options->grads},
                                    {"out-params", options->out_params},
                                    {"out-state", options->out_state}};
    int code = check_needed("apply", needed, sizeof needed / sizeof *needed);
    if (code != EXIT_OK)
        return code;
    if (options->state && options->new_state)
        return complain(EXIT_USAGE, "give either --state or --new-state, not both");
    code = output_refuse_stream("out-params", options->out_params);
    if (code == EXIT_OK)
        code = output_refuse_stream("out-state", options->out_state);
    if (code != EXIT_OK)
        return code;
    if (same_file(options->out_params, options->out_state))
        return complain(EXIT_USAGE, "--out-params and --out-state are one file; give two");
    if (same_file(options->out_params, options->grads) ||
        same_file(options->out_state, options->grads) ||
        same_file(options->out_state, options->params) ||
        (options->state && same_file(options->out_params, options->state)))
        return complain(EXIT_USAGE,
                        "an output would replace an input of another kind: --out-params may be the "
                        "file of --params, and --out-state that of --state, but no other input, "
                        "and no file that is both");
    return EXIT_OK;
}

/* With several groups: which tensors the rule that follows is for. */
static void tell_group(const apply_job *job, size_t index)
{
    char tensors[128] = "no tensors";
    const apply_group *group = &job->groups[index];
    if (job->group_count == 1)
        return;
    if (group->tensor_count == 1)
        snprintf(tensors, sizeof tensors, "\"%.80s\"", group->tensors[0].name);
    else if (group->tensor_count > 1)
        snprintf(tensors, sizeof tensors, "%zu tensors, the first is \"%.80s\"",
                 group->tensor_count, group->tensors[0].name);
    print_sentence("group %zu of %zu: %s", index + 1, job->group_count, tensors);
}

/* Prints the step before the note of it is removed, and before a signal ends the program: after
 * that the same command takes another step. */
static int tell_step(const apply_job *job, const journal *note)
{
    printf("step %" PRIu64 ": %zu tensor%s, %" PRIu64 " element%s updated\n", job->steps + 1,
           job->updates, plural(job->updates), job->elements, plural(job->elements));
    for (size_t g = 0; g < job->group_count; g++) {
        tell_group(job, g);
        rule_print("rule: ", &job->groups[g].rule, NULL);
    }
    if (job->begun_count == 1)
        print_sentence("\"%.80s\" had no state and has begun with a fresh one", job->begun);
    else if (job->begun_count > 1)
        print_sentence("%zu tensors without state have begun with a fresh one, such as \"%.80s\"",
                       job->begun_count, job->begun);
    fflush(stdout);
    return journal_end(note);
}

static int write_step(apply_job *job, const apply_options *options, const workplace *place)
{
    apply_outputs outputs = {0};
    journal note;
    interrupt_hold();
    int code = journal_start(&note, options->out_params, options->out_state);
    note.step = job->steps + 1;
    if (code == EXIT_OK)
        code = apply_outputs_open(&outputs, job, options);
    if (code == EXIT_OK)
        code = apply_run(job, options, place, &outputs, &note.digest);
    if (code == EXIT_OK)
        code = apply_outputs_sync(&outputs);
    if (code == EXIT_OK && interrupt_seen())
        code = EXIT_FAILED;
    else if (code == EXIT_OK)
        code = journal_commit(&note, outputs.params, outputs.state);
    apply_outputs_close(&outputs);
    if (code == EXIT_OK)
        code = tell_step(job, &note);
    interrupt_release();
    return code;
}

/* Whether a step that was cut off is the one that is asked for: the same files, and gradients of
 * the same numbers. If gradients cannot be read, the step reports that. */
static bool is_asked_for(const journal *note, const apply_options *options)
{
    journal mine;
    clstep_safetensors *grads = NULL;
    uint64_t digest = 0;
    if (journal_start(&mine, options->out_params, options->out_state) != EXIT_OK ||
        !journal_same_files(&mine, note) ||
        clstep_safetensors_open(&grads, options->grads) != CLSTEP_OK)
        return false;
    const bool read = digest_file(grads, &digest) == CLSTEP_OK;
    clstep_safetensors_close(grads);
    return read && digest == note->digest;
}

/* Finishes the step of a run that was killed amid its renames. */
static int finish_earlier(const apply_options *options, const char *state, bool *is_done)
{
    journal note;
    bool found = false;
    int code = journal_finish(&note, state, &found);
    if (code != EXIT_OK || !found)
        return code;
    *is_done = is_asked_for(&note, options);
    if (*is_done)
        printf("step %" PRIu64 ": an earlier run was cut off after it had written this; its files "
               "are in their places now\n",
               note.step);
    else
        complain(EXIT_OK,
                 "step %" PRIu64 " of an earlier run, which was cut off, is finished first",
                 note.step);
    fflush(stdout);
    return journal_end(&note);
}

static int apply(const apply_options *options)
{
    apply_job job = {0};
    workplace place = {0};
    bool is_done = false;
    int code = finish_earlier(options, options->out_state, &is_done);
    if (code == EXIT_OK && !is_done && options->state)
        code = finish_earlier(options, options->state, &is_done);
    if (code != EXIT_OK || is_done)
        return code;
    code = apply_open(&job, options);
    if (code == EXIT_OK)
        code = apply_number(&job, options);
    if (code == EXIT_OK)
        code = workplace_open(&place, options->device);
    if (code == EXIT_OK)
        code = write_step(&job, options, &place);
    workplace_close(&place);
    apply_close(&job);
    return code;
}

int command_apply(int argc, char **argv)
{
    apply_options options = {0};
    bool help = false;
    const command_option own[] = {
        {"params", &options.params, NULL},       {"grads", &options.grads, NULL},
        {"state", &options.state, NULL},         {"out-params", &options.out_params, NULL},
        {"out-state", &options.out_state, NULL}, {"partial", NULL, &options.partial},
        {"allow-nan", NULL, &options.allow_nan}, {"new-state", NULL, &options.new_state},
        {"device", &options.device, NULL},       {0}};
    int code = read_options(argc, argv, own, &options.rule, &help);
    if (code != EXIT_OK)
        return code;
    if (help) {
        rule_options_help(usage);
        return EXIT_OK;
    }
    code = check_options(&options);
    return code == EXIT_OK ? apply(&options) : code;
}
