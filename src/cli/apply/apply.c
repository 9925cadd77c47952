/* Reads the options of `clstep apply` and takes a step, or finishes one that was interrupted. */
#include "cli/apply/apply.h"

#include "cli/apply/digest.h"
#include "cli/apply/journal.h"
#include "cli/apply/run.h"
#include "cli/interrupt.h"
#include "cli/same_file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

static const char usage[] =
    "usage: clstep apply --params P --grads G [--state S] --out-params P2 --out-state S2\n"
    "                    [OPTION...]\n\n"
    "One step over all tensors of a safetensors file: the parameters of P by the gradients of\n"
    "the same names and shapes in G. P2 gets the new parameters, S2 the state, from which the\n"
    "next step goes on as --state. P2 may be P and S2 may be S: both are replaced, or neither. A\n"
    "run that was killed amid that is finished by the next; the same command then does no more.\n\n"
    "  --params P         parameters; those with a gradient must be F32, BF16 or F16 (which are\n"
    "                     rounded by chance, reproducibly)\n"
    "  --grads G          gradients; each must have its parameter\n"
    "  --state S          state of an earlier --out-state; its rule goes on, with the numbers\n"
    "                     that options change (all of them by --preset and --rule). Without it\n"
    "                     state begins anew\n"
    "  --new-state        begins anew although P has taken steps before\n"
    "  --out-params P2    the new parameters, with P's metadata\n"
    "  --out-state S2     the new state\n"
    "  --partial          keeps parameters that have no gradient (else that is an error); each\n"
    "                     counts its own steps, and one that S lacks begins with a fresh state\n"
    "  --allow-nan        takes gradients and a state that hold NaN or infinity\n"
    "  --device D         index, or part of a name\n"
    "  --help\n\n"
    "The rule of a new state (by default the preset hinton):\n" RULE_OPTIONS_HELP;

enum { PARAMS = 1, GRADS, STATE, OUT_PARAMS, OUT_STATE, PARTIAL, ALLOW_NAN, NEW_STATE, DEVICE };

static const struct option known[] = {{"params", required_argument, NULL, PARAMS},
                                      {"grads", required_argument, NULL, GRADS},
                                      {"state", required_argument, NULL, STATE},
                                      {"out-params", required_argument, NULL, OUT_PARAMS},
                                      {"out-state", required_argument, NULL, OUT_STATE},
                                      {"partial", no_argument, NULL, PARTIAL},
                                      {"allow-nan", no_argument, NULL, ALLOW_NAN},
                                      {"new-state", no_argument, NULL, NEW_STATE},
                                      {"device", required_argument, NULL, DEVICE},
                                      {"help", no_argument, NULL, 'h'},
                                      {0}};

static int read_options(apply_options *options, bool *help, int argc, char **argv)
{
    int found;
    while ((found = next_option(argc, argv, rule_options(known))) != -1) {
        if (rule_option(found, optarg, &options->rule))
            continue;
        switch (found) {
        case PARAMS:
            options->params = optarg;
            break;
        case GRADS:
            options->grads = optarg;
            break;
        case STATE:
            options->state = optarg;
            break;
        case OUT_PARAMS:
            options->out_params = optarg;
            break;
        case OUT_STATE:
            options->out_state = optarg;
            break;
        case PARTIAL:
            options->partial = true;
            break;
        case ALLOW_NAN:
            options->allow_nan = true;
            break;
        case NEW_STATE:
            options->new_state = true;
            break;
        case DEVICE:
            options->device = optarg;
            break;
        case 'h':
            *help = true;
            return EXIT_OK;
        default:
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

static int check_options(const apply_options *options)
{
    const needed_option needed[] = {{"params", options->params},
                                    {"grads", options->grads},
                                    {"out-params", options->out_params},
                                    {"out-state", options->out_state}};
    int code = check_needed("apply", needed, sizeof needed / sizeof *needed);
    if (code != EXIT_OK)
        return code;
    if (same_file(options->out_params, options->out_state))
        return complain(EXIT_USAGE, "--out-params and --out-state are one file; give two");
    if (same_file(options->out_params, options->grads) ||
        same_file(options->out_state, options->grads) ||
        same_file(options->out_state, options->params) ||
        (options->state && same_file(options->out_params, options->state)))
        return complain(EXIT_USAGE, "an output would replace an input of another kind; only "
                                    "--out-params may be --params, and --out-state --state");
    return EXIT_OK;
}

/* Told before the note of the step is removed, and before a signal ends the program: after that the
 * same command takes another step. */
static int tell_step(const apply_job *job, const journal *note)
{
    printf("step %" PRIu64 ": %zu tensors, %" PRIu64 " elements updated\n", job->steps + 1,
           job->updates, job->elements);
    if (job->begun_count > 0)
        printf("%zu tensors without state have begun with a fresh one, such as \"%.80s\"\n",
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
 * the same numbers. Gradients that cannot be read are told by the step. */
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
    int code = read_options(&options, &help, argc, argv);
    if (code != EXIT_OK)
        return code;
    if (help) {
        rule_options_help(usage);
        return EXIT_OK;
    }
    code = check_options(&options);
    return code == EXIT_OK ? apply(&options) : code;
}
