/* Trains for some epochs: batch by batch, gradients and then the library's step. */
#include "cli/train/run.h"

#include "cli/columns.h"
#include "cli/compiling.h"
#include "cli/interrupt.h"
#include "cli/train/random.h"
#include "cli/workplace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The host waits for the step that lies this far back: the device never idles, the progress bar
 * tells the truth, and the driver's queue stays short. */
enum { STEPS_AHEAD = 16 };

enum { WEIGHTS, BIASES, GROUPS };

typedef struct run {
    train_session *session;
    const train_plan *plan;
    curve *line;
    train_result *result;
    clstep_optimizer *optimizer;
    size_t groups;
    size_t steps; /* of an epoch */
    uint32_t *order;
    float *losses;
    cl_event *events; /* of the epoch's updates */
} run;

/* ---- the optimizer ------------------------------------------------------------------------- */

static clstep_tensor tensor_at(const network *net, size_t offset, size_t count)
{
    return (clstep_tensor){.param = net->parameters,
                           .grad = net->gradients,
                           .param_offset = offset,
                           .grad_offset = offset,
                           .count = count};
}

/* Biases are not decayed: pulling them to 0 does not make a network simpler. */
static int create_optimizer(run *state)
{
    const network *net = &state->session->net;
    clstep_tensor tensors[2 * NETWORK_MOST_LAYERS];
    size_t layers = net->shape.layers;
    for (size_t i = 0; i < layers; i++) {
        tensors[i] =
            tensor_at(net, network_weight_offset(&net->shape, i), network_weights(&net->shape, i));
        tensors[layers + i] =
            tensor_at(net, network_bias_offset(&net->shape, i), net->shape.sizes[i + 1]);
    }
    clstep_rule plain = state->plan->rule;
    plain.weight_decay = 0;
    clstep_group groups[GROUPS] = {[WEIGHTS] = {CLSTEP_GROUP_SIZES, .rule = &state->plan->rule,
                                                .tensors = tensors, .tensor_count = layers},
                                   [BIASES] = {CLSTEP_GROUP_SIZES, .rule = &plain,
                                               .tensors = tensors + layers,
                                               .tensor_count = layers}};
    state->groups = GROUPS;
    if (state->plan->rule.weight_decay == 0) {
        groups[WEIGHTS].tensor_count = 2 * layers;
        state->groups = 1;
    }
    groups[WEIGHTS].state_storage = groups[BIASES].state_storage = state->plan->state_dtype;
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.seed = state->plan->seed & INT64_MAX;
    clstep_status status =
        clstep_optimizer_create(&state->optimizer, state->session->engine,
                                state->session->place.queue, state->groups, groups, &options, NULL);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static int enqueue_update(run *state, uint64_t step, cl_event *event)
{
    double lr[GROUPS];
    lr[WEIGHTS] = lr[BIASES] = clstep_schedule_lr(&state->plan->schedule, step);
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr = lr;
    options.lr_count = state->groups;
    clstep_status status = clstep_optimizer_step(state->optimizer, state->session->place.queue,
                                                 &options, 0, NULL, event);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

/* ---- an epoch ------------------------------------------------------------------------------ */

/* A step of an epoch covers rows first_row() to first_row() of the next. */
static size_t first_row(const run *state, size_t step)
{
    size_t row = step * state->session->batch, count = state->session->data->train.count;
    return row < count ? row : count;
}

static int enqueue_step(run *state, size_t epoch, size_t step)
{
    train_session *session = state->session;
    size_t first = first_row(state, step), rows = first_row(state, step + 1) - first;
    int code = network_learn(&session->net, &session->train, first, rows, session->losses);
    if (!code)
        code = enqueue_update(state, epoch * state->steps + step, &state->events[step]);
    if (code)
        return code;
    clFlush(session->place.queue);
    if (step < STEPS_AHEAD)
        return EXIT_OK;
    cl_int waited = clWaitForEvents(1, &state->events[step - STEPS_AHEAD]);
    return waited == CL_SUCCESS ? EXIT_OK : complain_cl("clWaitForEvents", waited);
}

static int run_steps(run *state, size_t epoch)
{
    char what[96];
    snprintf(what, sizeof what, "%s, epoch %zu of %zu", state->plan->name, epoch + 1,
             state->plan->epochs);
    int code = EXIT_OK;
    for (size_t i = 0; !code && i < state->steps; i++) {
        state->result->interrupted = interrupt_seen();
        if (state->result->interrupted)
            break;
        progress_show(&state->session->bar, what, epoch * state->steps + i,
                      state->plan->epochs * state->steps);
        code = enqueue_step(state, epoch, i);
    }
    cl_int finished = clFinish(state->session->place.queue);
    if (!code && finished != CL_SUCCESS)
        code = complain_cl("clFinish", finished);
    return code;
}

/* Releases all events of the epoch. */
static int sum_updates(run *state, double *seconds)
{
    int code = EXIT_OK;
    *seconds = 0;
    for (size_t i = 0; i < state->steps; i++) {
        if (state->events[i] && !code)
            code = event_add_seconds(state->events[i], seconds);
        else if (state->events[i])
            clReleaseEvent(state->events[i]);
        state->events[i] = NULL;
    }
    return code;
}

static double mean_loss(const run *state, size_t first_step, size_t last_step)
{
    size_t first = first_row(state, first_step), last = first_row(state, last_step);
    double sum = 0;
    for (size_t i = first; i < last; i++)
        sum += (double)state->losses[i];
    return sum / (double)(last - first);
}

static int add_points(run *state, size_t epoch, double accuracy)
{
    size_t windows = state->steps < CURVE_WINDOWS ? state->steps : CURVE_WINDOWS;
    int code = EXIT_OK;
    for (size_t i = 0; !code && i < windows; i++) {
        size_t first = i * state->steps / windows, end = (i + 1) * state->steps / windows;
        uint64_t step = epoch * state->steps + end;
        code = curve_add(state->line,
                         (curve_point){.epoch = (double)epoch + (double)end / (double)state->steps,
                                       .step = step,
                                       .lr = clstep_schedule_lr(&state->plan->schedule, step - 1),
                                       .loss = mean_loss(state, first, end),
                                       .accuracy = end == state->steps ? accuracy : NAN});
    }
    return code;
}

enum { EPOCH, LOSS, ACCURACY, SECONDS, UPDATES, COLUMNS };

static const table_column columns[COLUMNS] = {
    [EPOCH] = {NULL, "epoch", 5, 0},
    [LOSS] = {NULL, "training loss", 14, 0},
    [ACCURACY] = {NULL, "test accuracy", 14, 0},
    [SECONDS] = {NULL, "seconds", 8, 1},
    [UPDATES] = {NULL, "spent in updates", 17, 2},
};

static void report_epoch(run *state, size_t epoch, double loss, double accuracy, double seconds,
                         double update_seconds)
{
    const table rows = table_fit(columns, COLUMNS);
    table_cells cells;
    if (!state->plan->table)
        return;
    progress_clear(&state->session->bar);
    if (epoch == state->plan->finished)
        table_print_heading(&rows);
    snprintf(cells[EPOCH], TABLE_CELL, "%zu", epoch + 1);
    snprintf(cells[LOSS], TABLE_CELL, "%.4f", loss);
    snprintf(cells[ACCURACY], TABLE_CELL, "%.2f %%", 100 * accuracy);
    snprintf(cells[SECONDS], TABLE_CELL, "%.2f", seconds);
    snprintf(cells[UPDATES], TABLE_CELL, "%.1f %%", 100 * update_seconds / seconds);
    table_print_row(&rows, cells);
}

static int read_losses(run *state)
{
    return buffer_read(&state->session->place, state->session->losses,
                       state->session->data->train.count * sizeof(float), state->losses);
}

/* Saves before the curve grows: what a file or a picture shows is there. */
static int finish_epoch(run *state, size_t epoch)
{
    const train_options *options = state->plan->options;
    int code = EXIT_OK;
    if (options && options->save && !state->result->diverged)
        code = saved_write(options, state->session, state->optimizer);
    if (!code)
        state->result->epochs = epoch + 1;
    return code || !state->line ? code : add_points(state, epoch, state->result->accuracy);
}

static int run_epoch(run *state, size_t epoch)
{
    train_session *session = state->session;
    train_result *result = state->result;
    int code = buffer_write(&session->place, session->train.order,
                            session->data->train.count * sizeof(uint32_t), state->order);
    if (code)
        return code;
    double start = seconds_now(), update_seconds = 0;
    code = run_steps(state, epoch);
    double seconds = seconds_now() - start;
    int summed = sum_updates(state, &update_seconds);
    code = code ? code : summed;
    if (code || result->interrupted)
        return code;
    code = read_losses(state);
    if (!code)
        code = session_accuracy(session, &result->accuracy);
    if (code)
        return code;
    result->last_loss = mean_loss(state, 0, state->steps);
    if (epoch == 0)
        result->first_loss = result->last_loss;
    result->diverged = !isfinite(result->last_loss);
    report_epoch(state, epoch, result->last_loss, result->accuracy, seconds, update_seconds);
    return finish_epoch(state, epoch);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* One step with an optimizer of its own, whose result is thrown away: drivers compile kernels when
 * they are first used (10 seconds for CLBlast's on PoCL without its cache), which would spoil the
 * measured times. */
static int warm_up(run *state)
{
    train_session *session = state->session;
    cl_event event = NULL;
    double ignored;
    progress_show(&session->bar, "compiling kernels", 0, 1);
    compiling_begin(&session->place);
    int code = network_start(&session->net, state->plan->seed);
    if (!code)
        code = create_optimizer(state);
    if (!code)
        code =
            network_learn(&session->net, &session->train, 0, first_row(state, 1), session->losses);
    if (!code)
        code = enqueue_update(state, 0, &event);
    if (event)
        clReleaseEvent(event);
    if (!code)
        code = session_accuracy(session, &ignored);
    compiling_end();
    clstep_optimizer_destroy(state->optimizer);
    state->optimizer = NULL;
    return code;
}

/* Losses are taken before the steps: what the last step has done shows in the weights and in a
 * loss after it. */
static int judge_weights(run *state)
{
    const train_session *session = state->session;
    size_t rows = first_row(state, 1);
    bool finite = true;
    int code = session_checksum(session, &state->result->checksum, &finite);
    if (!code)
        code = network_learn(&session->net, &session->train, 0, rows, session->losses);
    if (!code)
        code = buffer_read(&session->place, session->losses, rows * sizeof(float), state->losses);
    for (size_t i = 0; i < rows; i++)
        finite = finite && isfinite(state->losses[i]);
    state->result->diverged = state->result->diverged || !finite;
    return code;
}

/* First weights, or those of the file. */
static int begin(run *state)
{
    const clstep_checkpoint *resumed = state->plan->resumed;
    int code = network_start(&state->session->net, state->plan->seed);
    if (!code)
        code = create_optimizer(state);
    return code || !resumed ? code : saved_load(resumed, state->session, state->optimizer);
}

/* Each epoch shuffles the order of the one before it, so that a resumed run shuffles for all. */
static int run_epochs(run *state)
{
    const train_plan *plan = state->plan;
    const train_result *result = state->result;
    uint32_t count = state->session->data->train.count;
    random_stream shuffle = random_start(plan->seed, 2);
    int code = warm_up(state);
    if (!code)
        code = begin(state);
    for (uint32_t i = 0; i < count; i++)
        state->order[i] = i;
    for (size_t i = 0; !code && i < plan->epochs && !result->diverged && !result->interrupted;
         i++) {
        random_shuffle(&shuffle, state->order, count);
        if (i >= plan->finished)
            code = run_epoch(state, i);
    }
    return code || result->interrupted ? code : judge_weights(state);
}

int train_run(train_session *session, const train_plan *plan, curve *line, train_result *result)
{
    *result = (train_result){.epochs = plan->finished};
    run state = {.session = session,
                 .plan = plan,
                 .line = line,
                 .result = result,
                 .steps = session_steps(session)};
    state.order = calloc(session->data->train.count, sizeof *state.order);
    state.losses = calloc(session->data->train.count, sizeof *state.losses);
    state.events = calloc(state.steps, sizeof *state.events);
    int code = EXIT_FAILED;
    if (state.order && state.losses && state.events)
        code = run_epochs(&state);
    else
        complain(EXIT_FAILED, "no memory for an epoch of %zu steps", state.steps);
    progress_clear(&session->bar);
    clstep_optimizer_destroy(state.optimizer);
    free(state.order);
    free(state.losses);
    free(state.events);
    return code;
}
