/* `clstep train`: what is asked is checked first, then trained, then written. */
#include "cli/train/train.h"

#include "cli/gnuplot.h"
#include "cli/train/compare.h"
#include "cli/train/options.h"
#include "cli/train/picture.h"

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
        return complain(EXIT_USAGE, "--batch %" PRIu64 " is more than the %u training images",
                        options->batch, data->train.count);
    uint64_t steps = (data->train.count + options->batch - 1) / options->batch;
    *plan = (train_plan){.rule = options->rule,
                         .state_dtype = options->state_dtype,
                         .schedule = options->schedule,
                         .epochs = (size_t)options->epochs,
                         .seed = options->seed,
                         .name = options->preset,
                         .table = true};
    plan->schedule.lr = options->rule.lr;
    plan->schedule.total_steps = steps * options->epochs;
    if (plan->schedule.period == 0)
        plan->schedule.period = steps;
    clstep_status status = clstep_schedule_validate(&plan->schedule);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static void print_task(const train_session *session, const train_plan *plan)
{
    const dataset *data = session->data;
    const network_shape *shape = &session->net.shape;
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    printf("data     %u training and %u test images of %u x %u\nnetwork  ", data->train.count,
           data->test.count, data->rows, data->columns);
    for (size_t i = 0; i <= shape->layers; i++)
        printf("%s%zu", i ? "-" : "", shape->sizes[i]);
    printf(", %zu parameters, batches of %zu, seed %" PRIu64 "\n", network_parameters(shape),
           session->batch, plan->seed);
    if (clstep_device_describe(session->place.device, &info) == CLSTEP_OK)
        printf("device   %s\n", info.name);
    fflush(stdout);
}

static int write_outputs(const train_options *options, const curve *lines, size_t count)
{
    int code = EXIT_OK;
    bool several = options->mode == TRAIN_COMPARE;
    if (options->csv)
        code = curves_write(lines, count, several, options->csv);
    if (!code && options->plot)
        code = picture_write(lines, count, several, options->plot);
    return code;
}

static int train_one(train_session *session, const train_options *options, const train_plan *plan)
{
    train_result result;
    curve line = {0};
    snprintf(line.name, sizeof line.name, "%s", options->preset);
    snprintf(line.label, sizeof line.label, "preset %s, lr %g", options->preset, options->rule.lr);
    printf("rule     %s, schedule %s\n", line.label, options->schedule_name);
    int code = train_run(session, plan, &line, &result);
    if (!code && result.diverged)
        code = complain(EXIT_FAILED,
                        "training diverged: the loss or a weight is no longer finite; try a "
                        "smaller --lr than %g",
                        options->rule.lr);
    if (!code)
        code = write_outputs(options, &line, 1);
    if (!code)
        printf("test accuracy %.2f %%, CRC-32 of the weights %08x\n", 100 * result.accuracy,
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
    for (size_t i = 0; i < COMPARED_RULES; i++)
        curve_free(&lines[i]);
    return code;
}

static int train_on(const train_options *options, const dataset *data)
{
    network_shape shape;
    train_plan plan;
    int code = make_plan(options, data, &plan);
    if (!code)
        code = make_shape(options, data, &shape);
    if (code)
        return code;
    train_session session;
    code = session_open(&session, data, &shape, (size_t)options->batch, options->device);
    if (!code) {
        print_task(&session, &plan);
        if (options->mode == TRAIN_ONE)
            code = train_one(&session, options, &plan);
        else if (options->mode == TRAIN_COMPARE)
            code = compare(&session, options, &plan);
        else
            code = sweep_rules(&session, &plan);
    }
    session_close(&session);
    return code;
}

int command_train(int argc, char **argv)
{
    train_options options;
    int code = train_options_parse(&options, argc, argv);
    if (code)
        return code;
    if (options.help) {
        train_options_help();
        return EXIT_OK;
    }
    code = outputs_check(options.csv, options.plot);
    if (code)
        return code;
    dataset data;
    code = dataset_load(&data, options.data);
    if (code)
        return code;
    code = train_on(&options, &data);
    dataset_free(&data);
    return code;
}
