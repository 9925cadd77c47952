#include "cli/apply/apply.h"

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
    "next step goes on as --state. P2 may be P and S2 may be S: each is replaced as a whole, or\n"
    "not at all.\n\n"
    "  --params P         parameters; those with a gradient must be F32, BF16 or F16 (which are\n"
    "                     rounded by chance, reproducibly)\n"
    "  --grads G          gradients; each must have its parameter\n"
    "  --state S          state of an earlier --out-state; its rule goes on, with the numbers\n"
    "                     that options change (all of them by --preset and --rule). Without it\n"
    "                     state begins anew\n"
    "  --out-params P2    the new parameters, with P's metadata\n"
    "  --out-state S2     the new state\n"
    "  --partial          keeps parameters that have no gradient (else that is an error)\n"
    "  --allow-nan        takes gradients and a state that hold NaN or infinity\n"
    "  --device D         index, or part of a name\n"
    "  --help\n\n"
    "The rule of a new state (by default the preset hinton):\n" RULE_OPTIONS_HELP;

enum { PARAMS = 1, GRADS, STATE, OUT_PARAMS, OUT_STATE, PARTIAL, ALLOW_NAN, DEVICE };

static const struct option known[] = {{"params", required_argument, NULL, PARAMS},
                                      {"grads", required_argument, NULL, GRADS},
                                      {"state", required_argument, NULL, STATE},
                                      {"out-params", required_argument, NULL, OUT_PARAMS},
                                      {"out-state", required_argument, NULL, OUT_STATE},
                                      {"partial", no_argument, NULL, PARTIAL},
                                      {"allow-nan", no_argument, NULL, ALLOW_NAN},
                                      {"device", required_argument, NULL, DEVICE},
                                      {"help", no_argument, NULL, 'h'},
                                      RULE_OPTIONS,
                                      {0}};

static int read_options(apply_options *options, bool *help, int argc, char **argv)
{
    int found;
    while ((found = next_option(argc, argv, known)) != -1) {
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
    const struct {
        const char *name;
        const char *value;
    } needed[] = {{"params", options->params},
                  {"grads", options->grads},
                  {"out-params", options->out_params},
                  {"out-state", options->out_state}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!needed[i].value)
            return complain(EXIT_USAGE, "--%s is missing; see clstep apply --help", needed[i].name);
    }
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

static int write_step(apply_job *job, const apply_options *options, const workplace *place)
{
    apply_outputs outputs;
    interrupt_hold();
    int code = apply_outputs_open(&outputs, job, options);
    if (code == EXIT_OK)
        code = apply_run(job, options, place, &outputs);
    if (code == EXIT_OK)
        code = apply_outputs_commit(&outputs, options);
    apply_outputs_close(&outputs);
    if (code == EXIT_OK) { /* told before a signal ends the program: it must not be done again */
        printf("step %" PRIu64 ": %zu tensors, %" PRIu64 " elements updated\n", job->steps + 1,
               job->updates, job->elements);
        fflush(stdout);
    }
    interrupt_release();
    return code;
}

static int apply(const apply_options *options)
{
    apply_job job;
    workplace place = {0};
    int code = apply_open(&job, options);
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
        fputs(usage, stdout);
        return EXIT_OK;
    }
    code = check_options(&options);
    return code == EXIT_OK ? apply(&options) : code;
}
