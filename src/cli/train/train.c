/* `clstep train`: what is asked is checked first, then trained, then written. */
#include "cli/train/train.h"

#include "cli/gnuplot.h"
#include "cli/interrupt.h"
#include "cli/output_file.h"
#include "cli/rule_text.h"
#include "cli/same_file.h"
#include "cli/terminal.h"
#include "cli/train/compare.h"
#include "cli/train/drift.h"
#include "cli/train/help.h"
#include "cli/train/options.h"
#include "cli/train/picture.h"
#include "cli/train/valley.h"

#include <inttypes.h>
#include <stdio.h>

/* Indices of kernels are 32 bits wide and CLBlast's are int. */
static const uint64_t most_elements = UINT64_C(1) << 28;

static int make_shape(const train_options *options, const dataset *data, network_shape *shape)
{
    shape->layers = options->hidden_count + 1;
    shape->sizes[0] = data->pixels;
    for (size_t i = 0; i < options->hidden_count; i++)
        shape->sizes[i + 1] = options->hidden[i];
    shape->sizes[shape->layers] = DATASET_CLASSES;
    if (network_parameters(shape) > most_elements)
        return complain(EXIT_USAGE, "the network would have %zu parameters, more than %" PRIu64,
                        network_parameters(shape), most_elements);
    for (size_t i = 0; i <= shape->layers; i++)
        if (options->batch * shape->sizes[i] > most_elements)
            return complain(EXIT_USAGE,
                            "a batch of %" PRIu64
                            " with a layer of %zu is too large; give a smaller "
                            "--batch or --hidden",
                            options->batch, shape->sizes[i]);
    return EXIT_OK;
}

static int make_plan(const train_options *options, const dataset *data, train_plan *plan)
{
    if (options->batch > data->train.count)
        return complain(EXIT_USAGE, "--batch %" PRIu64 " is more than the %u training image%s",
                        options->batch, data->train.count, plural(data->train.count));
    uint64_t steps = (data->train.count + options->batch - 1) / options->batch;
    *plan = (train_plan){.rule = options->rule,
                         .state_dtype = options->state_dtype,
                         .schedule = options->schedule,
                         .epochs = (size_t)options->epochs,
                         .seed = options->seed,
                         .name = options->preset,
                         .table = true,
                         .options = options};
    plan->schedule.lr = options->rule.lr;
    plan->schedule.total_steps = steps * options->epochs;
    if (plan->schedule.period == 0)
        plan->schedule.period = steps;
    if (plan->schedule.kind == CLSTEP_SCHEDULE_COSINE &&
        plan->schedule.warmup_steps >= plan->schedule.total_steps)
        return complain(EXIT_USAGE,
                        "--warmup %" PRIu64 " leaves no step for the schedule cosine: the run has "
                        "%" PRIu64 "; give a smaller --warmup, or more --epochs",
                        plan->schedule.warmup_steps, plan->schedule.total_steps);
    clstep_status status = clstep_schedule_validate(&plan->schedule);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static void print_task(const train_session *session, const train_plan *plan)
{
    const dataset *data = session->data;
    const network_shape *shape = &session->net.shape;
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    char sizes[256] = "";
    size_t length = 0;
    for (size_t i = 0; i <= shape->layers && length < sizeof sizes; i++)
        length += (size_t)snprintf(sizes + length, sizeof sizes - length, "%s%zu", i ? "-" : "",
                                   shape->sizes[i]);
    print_labelled("data     ", "%u training and %u test images of %u x %u", data->train.count,
                   data->test.count, data->rows, data->columns);
    print_labelled("network  ", "%s, %zu parameters, batches of %zu, seed %" PRIu64, sizes,
                   network_parameters(shape), session->batch, plan->seed);
    if (clstep_device_describe(session->place.device, &info) == CLSTEP_OK)
        print_labelled("device   ", "%s", info.name);
    fflush(stdout);
}

/* Curves without points, of what an interruption has left out, come last and are left out. */
static int write_outputs(const train_options *options, const curve *lines, size_t count)
{
    int code = EXIT_OK;
    bool several = options->mode == TRAIN_COMPARE;
    while (count > 0 && lines[count - 1].count == 0)
        count--;
    if (count > 0 && options->csv)
        code = curves_write(lines, count, several, options->csv);
    if (count > 0 && !code && options->plot)
        code = picture_write(lines, count, several, options->plot);
    return code;
}

static int complain_interrupted(const train_options *options, size_t epochs)
{
    if (options->save && epochs > 0)
        return complain(EXIT_FAILED,
                        "interrupted after %zu of %" PRIu64
                        " epochs; `clstep train --resume %s --save %s` goes on from there",
                        epochs, options->epochs, options->save, options->save);
    return complain(EXIT_FAILED, "interrupted after %zu of %" PRIu64 " epochs", epochs,
                    options->epochs);
}

static int complain_diverged(const train_options *options)
{
    return complain(EXIT_FAILED,
                    "training diverged: the loss or a weight is no longer finite; try a smaller "
                    "--lr than %g",
                    options->rule.lr);
}

static void print_rule(const train_options *options)
{
    rule_print("rule     ", &options->rule, options->preset);
    char names[256] = "";
    size_t length = 0;
    const char *name;
    for (size_t i = 0; (name = clstep_rule_state_name(&options->rule, i)); i++) {
        if (length < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "",
                                       name);
    }
    if (length > 0)
        print_labelled("state    ", "%s in %s; parameters in fp32", names,
                       clstep_dtype_describe((clstep_dtype)options->state_dtype)->name);
    else
        print_labelled("state    ", "none; parameters in fp32");
    printf("schedule %s\n\n", options->schedule_name);
    fflush(stdout);
}

static int train_one(train_session *session, const train_options *options, const train_plan *plan)
{
    train_result result;
    curve line = {0};
    snprintf(line.name, sizeof line.name, "%s", options->preset);
    snprintf(line.label, sizeof line.label, "preset %s, lr %g", options->preset, options->rule.lr);
    print_rule(options);
    int code = train_run(session, plan, &line, &result);
    if (!code && result.diverged)
        code = complain_diverged(options);
    if (!code)
        code = write_outputs(options, &line, 1);
    if (!code && result.interrupted)
        code = complain_interrupted(options, result.epochs);
    if (!code)
        print_sentence("test accuracy %.2f %%, CRC-32 of the weights %08x", 100 * result.accuracy,
                       result.checksum);
    curve_free(&line);
    return code;
}

static int compare(train_session *session, const train_options *options, const train_plan *plan)
{
    curve lines[COMPARED_RULES] = {0};
    int code = compare_rules(session, plan, lines);
    if (!code)
        code = write_outputs(options, lines, COMPARED_RULES);
    if (!code && interrupt_seen())
        code = complain(EXIT_FAILED, "interrupted; epochs that were finished are kept");
    for (size_t i = 0; i < COMPARED_RULES; i++)
        curve_free(&lines[i]);
    return code;
}

static int train_by(train_session *session, const train_options *options, const train_plan *plan)
{
    print_task(session, plan);
    if (options->mode == TRAIN_SWEEP)
        return sweep_rules(session, plan);
    /* What is finished when a signal comes is written first; then the signal ends the program. */
    interrupt_hold();
    int code = options->mode == TRAIN_COMPARE ? compare(session, options, plan)
                                              : train_one(session, options, plan);
    fflush(stdout);
    return code;
}

static int train_on(const train_options *options, const dataset *data,
                    const clstep_checkpoint *resumed)
{
    network_shape shape;
    train_plan plan;
    int code = make_plan(options, data, &plan);
    if (!code)
        code = make_shape(options, data, &shape);
    plan.resumed = resumed;
    if (!code && resumed)
        code = saved_epochs(resumed, options, data, &plan.finished);
    if (code)
        return code;
    train_session session;
    code = session_open(&session, data, &shape, (size_t)options->batch, options->device);
    if (!code)
        code = train_by(&session, options, &plan);
    session_close(&session);
    return code;
}

static int train(train_options *options)
{
    dataset data;
    clstep_checkpoint *resumed = NULL;
    int code = options->resume ? saved_open(&resumed, options) : EXIT_OK;
    if (!code)
        code = dataset_load(&data, options->data);
    if (!code) {
        code = train_on(options, &data, resumed);
        dataset_free(&data);
    }
    clstep_checkpoint_close(resumed);
    return code;
}

/* No output may replace another, or what the run begins with. */
static int check_files(const train_options *options)
{
    const struct {
        const char *option, *path;
    } files[] = {{"csv", options->csv},
                 {"plot", options->plot},
                 {"save", options->save},
                 {"resume", options->resume}};
    enum { FILES = sizeof files / sizeof *files, SAVE = 2 };
    for (size_t i = 0; i < FILES; i++)
        for (size_t k = i + 1; k < FILES; k++)
            if (i != SAVE && files[i].path && files[k].path &&
                same_file(files[i].path, files[k].path))
                return complain(EXIT_USAGE, "--%s and --%s name the same file '%s'",
                                files[i].option, files[k].option, files[i].path);
    int code = outputs_check(options->csv, options->plot);
    return code || !options->save ? code : output_check_file("save", options->save);
}

int command_train(int argc, char **argv)
{
    train_options options;
    int code = train_options_parse(&options, argc, argv);
    if (code)
        return code;
    if (options.help) {
        train_help();
        return EXIT_OK;
    }
    code = check_files(&options);
    if (!code)
        code = options.mode == TRAIN_DRIFT    ? drift_train(&options)
               : options.mode == TRAIN_VALLEY ? valley_train(&options)
                                              : train(&options);
    interrupt_release();
    return code;
}
