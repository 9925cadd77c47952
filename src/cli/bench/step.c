/* An engine with an optimizer whose step is timed by rounds.c. The buffers are those of buffers.c.
 */
#include "cli/bench/step.h"

#include "cli/compiling.h"

#include <stdlib.h>

/* ---- optimizers ---------------------------------------------------------------------------- */

static clstep_tensor flat_tensor(const bench_buffers *buffers, size_t first, size_t count)
{
    return (clstep_tensor){.param = buffers->flat[0],
                           .grad = buffers->flat[1],
                           .param_offset = first,
                           .grad_offset = first,
                           .count = count,
                           .param_dtype = buffers->workload->param,
                           .grad_dtype = buffers->workload->grad};
}

static void list_tensors(const bench_buffers *buffers, clstep_tensor *tensors)
{
    size_t first = 0;
    for (size_t i = 0; i < buffers->model->tensors.count; i++) {
        const size_t count = buffers->model->tensors.of[i];
        tensors[i] = flat_tensor(buffers, first, count);
        if (buffers->own) {
            tensors[i].param = buffers->own[2 * i];
            tensors[i].grad = buffers->own[2 * i + 1];
            tensors[i].param_offset = tensors[i].grad_offset = 0;
        }
        first += count;
    }
}

static int create_optimizer(const bench_buffers *buffers, clstep_engine *engine, bool flat,
                            clstep_optimizer **optimizer)
{
    const size_t count = flat ? 1 : buffers->model->tensors.count;
    clstep_tensor *tensors = calloc(count, sizeof *tensors);
    if (!tensors)
        return complain_memory();
    if (flat)
        tensors[0] = flat_tensor(buffers, 0, buffers->model->elements);
    else
        list_tensors(buffers, tensors);
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &buffers->workload->rule,
                                .tensors = tensors, .tensor_count = count,
                                .state_storage = (clstep_state_storage)buffers->workload->state};
    clstep_status status =
        clstep_optimizer_create(optimizer, engine, buffers->place->queue, 1, &group, NULL, NULL);
    free(tensors);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

/* ---- steps --------------------------------------------------------------------------------- */

int bench_step_enqueue(void *step)
{
    const bench_step *of = step;
    clstep_status status =
        clstep_optimizer_step(of->optimizer, of->place->queue, NULL, 0, NULL, NULL);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int bench_step_open(bench_step *step, const bench_buffers *buffers,
                    const clstep_engine_options *launch, bool flat, double *seconds)
{
    *step = (bench_step){.place = buffers->place, .buffers = buffers};
    compiling_begin(buffers->place);
    const double start = seconds_now();
    int code = workplace_engine_with(buffers->place, launch, &step->engine);
    if (code == EXIT_OK)
        code = create_optimizer(buffers, step->engine, flat, &step->optimizer);
    if (code == EXIT_OK)
        code = bench_step_enqueue(step);
    const cl_int finished = clFinish(buffers->place->queue);
    *seconds = seconds_now() - start;
    compiling_end();
    return code != EXIT_OK || finished == CL_SUCCESS ? code : complain_cl("clFinish", finished);
}

void bench_step_close(bench_step *step)
{
    clstep_optimizer_destroy(step->optimizer);
    clstep_engine_destroy(step->engine);
    *step = (bench_step){0};
}

/* ---- the limit's load ------------------------------------------------------------------ */

/* The limit's kernels read and write the state's buffers from their beginning. A state in several
 * buffers, or not at the beginning of one, would be another amount of memory. */
static int add_state(const bench_buffers *buffers, const clstep_optimizer *optimizer, size_t index,
                     cl_mem *buffer)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    size_t size = 0;
    clstep_status status = clstep_optimizer_state_array(optimizer, 0, 0, index, &array);
    if (status != CLSTEP_OK)
        return complain_status(status);
    *buffer = array.buffer;
    cl_int code = clGetMemObjectInfo(*buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    if (code != CL_SUCCESS)
        return complain_cl("clGetMemObjectInfo", code);
    if (array.offset == 0 &&
        size >= buffers->model->elements * clstep_dtype_size(buffers->workload->state))
        return EXIT_OK;
    return complain(EXIT_FAILED, "the state of %zu elements does not fit one buffer of this device",
                    buffers->model->elements);
}

int bench_step_load(const bench_step *step, limit_load *load)
{
    const bench_buffers *buffers = step->buffers;
    const bench_workload *workload = buffers->workload;
    *load = (limit_load){.arrays = {buffers->flat[0], buffers->flat[1]},
                         .count = 2 + workload->states,
                         .param_bytes = clstep_dtype_size(workload->param),
                         .grad_bytes = clstep_dtype_size(workload->grad),
                         .state_bytes = clstep_dtype_size(workload->state),
                         .elements = buffers->model->elements,
                         .has_root = clstep_rule_has(&workload->rule, "eps")};
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < workload->states; i++)
        code = add_state(buffers, step->optimizer, i, &load->arrays[2 + i]);
    return code;
}
