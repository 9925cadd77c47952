/* Runs a step on the device, batch by batch: read, check, update, write. */
#include "cli/apply/run.h"

#include "cli/apply/digest.h"
#include "cli/apply/number.h"
#include "cli/compiling.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Elements of a batch. One float array of it is 16 MiB; there is room for doubles. */
enum { BATCH = 4 << 20 };

/* A part of a tensor, and where in the batch it lies: at a multiple of APPLY_RUN, as it is cut. */
typedef struct {
    const apply_tensor *tensor;
    uint64_t first;
    size_t count;
    size_t at;
} segment;

typedef struct {
    const apply_job *job;
    const apply_options *options;
    const workplace *place;
    const apply_outputs *outputs;
    const apply_group *group;
    clstep_engine *engine;
    cl_mem params;
    cl_mem grads;
    void *host;          /* BATCH elements */
    int32_t param_dtype; /* of the batch */
    int32_t grad_dtype;
    uint64_t steps; /* that its tensors have taken */
    bool is_fresh;  /* they have no old state */
    segment *segments;
    clstep_tensor *tensors; /* of the optimizer, one for each segment */
    size_t segment_count;
    size_t elements; /* of the batch, with the gaps behind segments */
    uint64_t done;
    uint64_t digest; /* of the gradients so far */
    progress bar;
} runner;

/* ---- between files, host and device --------------------------------------------------------- */

static int to_device(const runner *run, cl_mem buffer, int32_t dtype)
{
    return buffer_write(run->place, buffer, run->elements * clstep_dtype_size(dtype), run->host);
}

static int from_device(const runner *run, cl_mem buffer, int32_t dtype)
{
    return buffer_read(run->place, buffer, run->elements * clstep_dtype_size(dtype), run->host);
}

/* Moves an array of the state, whose parts lie wherever the optimizer has them. */
static int move_state(const runner *run, const clstep_optimizer *optimizer, const char *name,
                      bool to)
{
    cl_command_queue queue = run->place->queue;
    clstep_status status = CLSTEP_OK;
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; status == CLSTEP_OK && code == CL_SUCCESS && i < run->segment_count; i++) {
        clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
        float *host = (float *)run->host + run->segments[i].at;
        status = clstep_optimizer_find_state_array(optimizer, 0, i, name, &array);
        const size_t offset = (size_t)array.offset * sizeof *host;
        const size_t bytes = run->segments[i].count * sizeof *host;
        if (status == CLSTEP_OK && to)
            code = clEnqueueWriteBuffer(queue, array.buffer, CL_FALSE, offset, bytes, host, 0, NULL,
                                        NULL);
        else if (status == CLSTEP_OK)
            code = clEnqueueReadBuffer(queue, array.buffer, CL_FALSE, offset, bytes, host, 0, NULL,
                                       NULL);
    }
    const cl_int finished = clFinish(queue);
    if (status != CLSTEP_OK)
        return complain_status(status);
    if (code != CL_SUCCESS)
        return complain_cl(to ? "clEnqueueWriteBuffer" : "clEnqueueReadBuffer", code);
    return finished == CL_SUCCESS ? EXIT_OK : complain_cl("clFinish", finished);
}

static clstep_status read_segment(const runner *run, const clstep_safetensors *file, size_t index,
                                  const segment *part, int32_t dtype)
{
    const size_t size = clstep_dtype_size(dtype);
    return clstep_safetensors_read(file, index, part->first * size, part->count * size,
                                   (char *)run->host + part->at * size);
}

static clstep_status write_segment(const runner *run, clstep_writer *writer, size_t index,
                                   const segment *part, int32_t dtype)
{
    const size_t size = clstep_dtype_size(dtype);
    return clstep_writer_write(writer, index, part->first * size, part->count * size,
                               (const char *)run->host + part->at * size);
}

/* ---- numbers that would spoil the state ----------------------------------------------------- */

static const char *what_is(float value)
{
    return isnan(value) ? "NaN" : isinf(value) ? "infinite" : "negative";
}

/* The value of a gradient; for 16 bits, any number of the same kind: NaN, infinite or neither. */
static double kind_of(int32_t dtype, const void *values, size_t i)
{
    const uint16_t *halves = values;
    switch (dtype) {
    case CLSTEP_DTYPE_FLOAT32:
        return (double)((const float *)values)[i];
    case CLSTEP_DTYPE_FLOAT64:
        return ((const double *)values)[i];
    default: {
        const uint16_t size = halves[i] & 0x7fff;
        const uint16_t infinite = dtype == CLSTEP_DTYPE_FLOAT16 ? 0x7c00 : 0x7f80;
        return size < infinite ? 0 : size == infinite ? HUGE_VAL : NAN;
    }
    }
}

static int check_gradients(const runner *run, const segment *part)
{
    for (size_t i = 0; !run->options->allow_nan && i < part->count; i++) {
        const double value = kind_of(run->grad_dtype, run->host, part->at + i);
        if (!isfinite(value))
            return complain(EXIT_FAILED,
                            "the gradient of \"%.80s\" is %s at element %" PRIu64
                            "; nothing was changed (--allow-nan takes it all the same)",
                            part->tensor->name, what_is((float)value), part->first + i);
    }
    return EXIT_OK;
}

static int check_state(const runner *run, const segment *part, const char *state, const char *when)
{
    const float *values = (const float *)run->host + part->at;
    const size_t bad =
        run->options->allow_nan ? part->count : clstep_state_find_bad(state, values, part->count);
    if (bad == part->count)
        return EXIT_OK;
    return complain(EXIT_FAILED,
                    "%s of \"%.80s\" is %s at element %" PRIu64 " %s, from which training cannot "
                    "go on; nothing was changed (--allow-nan takes it all the same)",
                    state, part->tensor->name, what_is(values[bad]), part->first + bad, when);
}

/* ---- one batch ------------------------------------------------------------------------------ */

static int take_gradients(runner *run, const segment *part)
{
    const size_t size = clstep_dtype_size(run->grad_dtype);
    run->digest += digest_elements(part->tensor->name, part->first,
                                   (const char *)run->host + part->at * size, size, part->count);
    return check_gradients(run, part);
}

static int load_inputs(runner *run)
{
    int code = EXIT_OK;
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < run->segment_count; i++)
        status = read_segment(run, run->job->params, run->segments[i].tensor->param,
                              &run->segments[i], run->param_dtype);
    if (status == CLSTEP_OK)
        code = to_device(run, run->params, run->param_dtype);
    for (size_t i = 0; status == CLSTEP_OK && code == EXIT_OK && i < run->segment_count; i++) {
        status = read_segment(run, run->job->grads, run->segments[i].tensor->grad,
                              &run->segments[i], run->grad_dtype);
        if (status == CLSTEP_OK)
            code = take_gradients(run, &run->segments[i]);
    }
    if (status != CLSTEP_OK)
        return complain_status(status);
    return code == EXIT_OK ? to_device(run, run->grads, run->grad_dtype) : code;
}

static int load_state(const runner *run, clstep_optimizer *optimizer)
{
    const clstep_safetensors *file = clstep_checkpoint_file(run->job->state);
    int code = EXIT_OK;
    clstep_status status = clstep_optimizer_set_steps(optimizer, run->steps);
    for (size_t k = 0; status == CLSTEP_OK && code == EXIT_OK && k < run->group->state_count; k++) {
        const char *name = run->group->states[k];
        for (size_t i = 0; status == CLSTEP_OK && code == EXIT_OK && i < run->segment_count; i++) {
            const segment *part = &run->segments[i];
            status =
                read_segment(run, file, part->tensor->old_state[k], part, CLSTEP_DTYPE_FLOAT32);
            if (status == CLSTEP_OK)
                code = check_state(run, part, name, "in the old state");
        }
        if (status == CLSTEP_OK && code == EXIT_OK)
            code = move_state(run, optimizer, name, true);
    }
    return status == CLSTEP_OK ? code : complain_status(status);
}

static int store_params(const runner *run)
{
    int code = from_device(run, run->params, run->param_dtype);
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; code == EXIT_OK && status == CLSTEP_OK && i < run->segment_count; i++)
        status = write_segment(run, run->outputs->params, run->segments[i].tensor->new_param,
                               &run->segments[i], run->param_dtype);
    return status == CLSTEP_OK ? code : complain_status(status);
}

static int store_state(const runner *run, clstep_optimizer *optimizer)
{
    for (size_t k = 0; k < run->group->state_count; k++) {
        const char *name = run->group->states[k];
        clstep_status status = CLSTEP_OK;
        int code = move_state(run, optimizer, name, false);
        for (size_t i = 0; status == CLSTEP_OK && code == EXIT_OK && i < run->segment_count; i++) {
            const segment *part = &run->segments[i];
            code = check_state(run, part, name, "after the step");
            if (code == EXIT_OK)
                status = write_segment(run, run->outputs->state, part->tensor->new_state + k, part,
                                       CLSTEP_DTYPE_FLOAT32);
        }
        if (status != CLSTEP_OK)
            return complain_status(status);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static int step(const runner *run, clstep_optimizer *optimizer)
{
    int code = run->is_fresh ? EXIT_OK : load_state(run, optimizer);
    if (code != EXIT_OK)
        return code;
    compiling_begin(run->place);
    clstep_status status = clstep_optimizer_step(optimizer, run->place->queue, NULL, 0, NULL, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    compiling_end();
    if (status != CLSTEP_OK)
        return complain_status(status);
    code = store_params(run);
    return code == EXIT_OK ? store_state(run, optimizer) : code;
}

/* Each segment is a tensor to the optimizer, with the numbers that its elements have in the whole
 * model. */
static int run_batch(runner *run)
{
    int code = load_inputs(run);
    if (code != EXIT_OK)
        return code;
    for (size_t i = 0; i < run->segment_count; i++) {
        const segment *part = &run->segments[i];
        run->tensors[i] =
            (clstep_tensor){.param = run->params,
                            .grad = run->grads,
                            .param_offset = part->at,
                            .grad_offset = part->at,
                            .count = part->count,
                            .param_dtype = run->param_dtype,
                            .grad_dtype = run->grad_dtype,
                            .first_element = part->tensor->first_element + part->first};
        run->done += part->count;
    }
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &run->group->rule,
                                .tensors = run->tensors, .tensor_count = run->segment_count,
                                .param_storage = run->group->param_storage};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.seed = run->job->seed;
    clstep_optimizer *optimizer;
    compiling_begin(run->place);
    clstep_status status = clstep_optimizer_create(&optimizer, run->engine, run->place->queue, 1,
                                                   &group, &options, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    compiling_end();
    if (status != CLSTEP_OK)
        code = complain_status(status);
    else
        code = step(run, optimizer);
    clstep_optimizer_destroy(optimizer);
    progress_show(&run->bar, "elements", run->done, run->job->elements);
    run->segment_count = run->elements = 0;
    if (code == EXIT_OK && interrupt_seen())
        return EXIT_FAILED;
    return code;
}

/* ---- all batches ---------------------------------------------------------------------------- */

static int run_tensor(runner *run, const apply_tensor *tensor)
{
    int code = EXIT_OK;
    const bool fits = run->param_dtype == tensor->param_dtype &&
                      run->grad_dtype == tensor->grad_dtype && run->steps == tensor->steps &&
                      run->is_fresh == tensor->is_fresh;
    if (!fits && run->elements > 0)
        code = run_batch(run);
    run->param_dtype = tensor->param_dtype;
    run->grad_dtype = tensor->grad_dtype;
    run->steps = tensor->steps;
    run->is_fresh = tensor->is_fresh;
    for (uint64_t first = 0; code == EXIT_OK && first < tensor->count;) {
        const uint64_t left = tensor->count - first;
        const size_t room = BATCH - run->elements;
        const size_t count = left < room ? (size_t)left : room;
        run->segments[run->segment_count++] =
            (segment){.tensor = tensor, .first = first, .count = count, .at = run->elements};
        run->elements += (size_t)apply_whole_runs(count);
        first += count;
        if (run->elements == BATCH)
            code = run_batch(run);
    }
    return code;
}

static int run_groups(runner *run)
{
    int code = EXIT_OK;
    for (size_t g = 0; code == EXIT_OK && g < run->job->group_count; g++) {
        run->group = &run->job->groups[g];
        for (size_t i = 0; code == EXIT_OK && i < run->group->tensor_count; i++) {
            if (run->group->tensors[i].grad != SIZE_MAX)
                code = run_tensor(run, &run->group->tensors[i]);
        }
        if (code == EXIT_OK && run->elements > 0)
            code = run_batch(run);
    }
    return code;
}

static int make_room(runner *run)
{
    const uint64_t most = run->job->elements + run->job->updates * APPLY_RUN;
    const size_t elements = most < BATCH ? (size_t)most : BATCH;
    const size_t bytes = (elements + 1) * sizeof(double);
    run->host = calloc(bytes, 1);
    run->segments = calloc(run->job->updates + 1, sizeof *run->segments);
    run->tensors = calloc(run->job->updates + 1, sizeof *run->tensors);
    if (!run->host || !run->segments || !run->tensors)
        return complain_memory();
    cl_int code;
    run->params = clCreateBuffer(run->place->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (run->params)
        run->grads = clCreateBuffer(run->place->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (!run->grads)
        return complain_cl("clCreateBuffer", code);
    return workplace_engine(run->place, &run->engine);
}

int apply_run(const apply_job *job, const apply_options *options, const workplace *place,
              const apply_outputs *outputs, uint64_t *digest)
{
    runner run = {.job = job,
                  .options = options,
                  .place = place,
                  .outputs = outputs,
                  .bar = progress_start()};
    int code = make_room(&run);
    if (code == EXIT_OK)
        code = run_groups(&run);
    *digest = run.digest;
    progress_clear(&run.bar);
    clstep_engine_destroy(run.engine);
    if (run.params)
        clReleaseMemObject(run.params);
    if (run.grads)
        clReleaseMemObject(run.grads);
    free(run.segments);
    free(run.tensors);
    free(run.host);
    return code;
}
