/* Runs a rule over the inputs on the device, in buffers where tensors have different alignments. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Gaps of odd sizes between the tensors, so that no two are aligned alike. */
enum { ROOM = ELEMENTS + 64 };

typedef struct {
    const workplace *on;
    clstep_optimizer *optimizer;
    cl_mem params, grads;
    size_t first, end; /* the tensors that it has */
    size_t param_at[TENSORS];
    size_t grad_at[TENSORS];
    size_t begin[TENSORS]; /* in the arrays of the inputs */
} job;

/* "Oclgrind Simulator, driver Oclgrind 21.10" */
static void name_device(cl_device_id id, char into[TEXT_MAX])
{
    char name[TEXT_MAX / 2] = "", driver[TEXT_MAX / 4] = "";
    clGetDeviceInfo(id, CL_DEVICE_NAME, sizeof name, name, NULL);
    clGetDeviceInfo(id, CL_DRIVER_VERSION, sizeof driver, driver, NULL);
    snprintf(into, TEXT_MAX, "%s, driver %s", name, driver);
}

bool workplace_open(workplace *on)
{
    cl_device_id id;
    cl_int code = CL_SUCCESS;
    memset(on, 0, sizeof *on);
    if (clstep_device_choose(&id, NULL) != CLSTEP_OK) {
        problem("%s", clstep_last_error()->message);
        return false;
    }
    cl_device_fp_config floats = 0;
    clGetDeviceInfo(id, CL_DEVICE_SINGLE_FP_CONFIG, sizeof floats, &floats, NULL);
    on->flushes = !(floats & CL_FP_DENORM);
    on->elements = getenv("CLSTEP_QUICK") ? SMALL : ELEMENTS;
    name_device(id, on->device);
    on->context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    if (code == CL_SUCCESS)
        on->queue = clCreateCommandQueue(on->context, id, 0, &code);
    if (code != CL_SUCCESS) {
        problem("OpenCL code %d for a context and a queue", (int)code);
        return false;
    }
    if (clstep_engine_create(&on->engine, on->context, id, NULL) == CLSTEP_OK)
        return true;
    problem("%s", clstep_last_error()->message);
    return false;
}

void workplace_close(workplace *on)
{
    if (on->queue)
        clFinish(on->queue);
    clstep_engine_destroy(on->engine);
    if (on->queue)
        clReleaseCommandQueue(on->queue);
    if (on->context)
        clReleaseContext(on->context);
}

static void lay_out(job *run)
{
    size_t param = 3, grad = 1, begin = 0;
    for (size_t k = 0; k < TENSORS; k++) {
        run->param_at[k] = param;
        run->grad_at[k] = grad;
        run->begin[k] = begin;
        param += tensor_sizes[k] + 5;
        grad += tensor_sizes[k] + 7 - k % 2;
        begin += tensor_sizes[k];
    }
}

/* A copy of `from` with the tensors at their places. */
static bool write_tensors(const job *run, cl_mem buffer, const size_t at[TENSORS],
                          const float *from)
{
    static float image[ROOM];
    for (size_t k = run->first; k < run->end; k++)
        memcpy(image + at[k], from + run->begin[k], tensor_sizes[k] * sizeof *image);
    return clEnqueueWriteBuffer(run->on->queue, buffer, CL_TRUE, 0, sizeof image, image, 0, NULL,
                                NULL) == CL_SUCCESS;
}

static bool read_tensor(const job *run, cl_mem buffer, size_t at, size_t k, float *to)
{
    return tensor_sizes[k] == 0 ||
           clEnqueueReadBuffer(run->on->queue, buffer, CL_TRUE, at * sizeof *to,
                               tensor_sizes[k] * sizeof *to, to + run->begin[k], 0, NULL,
                               NULL) == CL_SUCCESS;
}

static bool start(job *run, const clstep_rule *rule, const inputs *in)
{
    clstep_tensor tensors[TENSORS];
    memset(tensors, 0, sizeof tensors);
    cl_int code = CL_SUCCESS;
    const size_t bytes = ROOM * sizeof(float);
    run->params = clCreateBuffer(run->on->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (code == CL_SUCCESS)
        run->grads = clCreateBuffer(run->on->context, CL_MEM_READ_ONLY, bytes, NULL, &code);
    if (code != CL_SUCCESS || !write_tensors(run, run->params, run->param_at, in->param))
        return false;
    for (size_t k = run->first; k < run->end; k++)
        tensors[k] = (clstep_tensor){.param = run->params,
                                     .grad = run->grads,
                                     .param_offset = run->param_at[k],
                                     .grad_offset = run->grad_at[k],
                                     .count = tensor_sizes[k]};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = rule, .tensors = tensors + run->first,
                                .tensor_count = run->end - run->first};
    return clstep_optimizer_create(&run->optimizer, run->on->engine, run->on->queue, 1, &group,
                                   NULL, NULL) == CLSTEP_OK;
}

static bool read_states(const job *run, const clstep_rule *rule, size_t t, trajectory *out)
{
    const char *names[ARRAYS_MAX];
    const size_t arrays = name_arrays(rule, names);
    for (size_t k = 1; k < arrays; k++) {
        for (size_t i = run->first; i < run->end; i++) {
            clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
            if (clstep_optimizer_find_state_array(run->optimizer, 0, i - run->first, names[k],
                                                  &array) != CLSTEP_OK ||
                !read_tensor(run, array.buffer, (size_t)array.offset, i, out->values[k][t]))
                return false;
        }
    }
    return true;
}

static bool advance(const job *run, const clstep_rule *rule, const inputs *in, size_t t,
                    trajectory *out)
{
    if (!write_tensors(run, run->grads, run->grad_at, in->grad[t]) ||
        clstep_optimizer_step(run->optimizer, run->on->queue, NULL, 0, NULL, NULL) != CLSTEP_OK)
        return false;
    for (size_t k = run->first; k < run->end; k++) {
        if (!read_tensor(run, run->params, run->param_at[k], k, out->values[0][t]))
            return false;
    }
    return read_states(run, rule, t, out);
}

static bool run_tensors(const workplace *on, const clstep_rule *rule, const inputs *in,
                        size_t first, size_t end, trajectory *out)
{
    job run = {.on = on, .first = first, .end = end};
    lay_out(&run);
    bool good = start(&run, rule, in);
    for (size_t t = 0; t < STEPS && good; t++)
        good = advance(&run, rule, in, t, out);
    if (!good)
        problem("the device could not run a row: %s", clstep_last_error()->message);
    clstep_optimizer_destroy(run.optimizer);
    if (run.params)
        clReleaseMemObject(run.params);
    if (run.grads)
        clReleaseMemObject(run.grads);
    return good;
}

bool run_device(const workplace *on, const clstep_rule *rule, const inputs *in, trajectory *out)
{
    const size_t small = TENSORS - 1, end = on->elements == ELEMENTS ? TENSORS : small;
    const bool apart = rule->clip == CLSTEP_CLIP_GLOBAL_NORM; /* which is that of a model */
    out->elements = on->elements;
    return run_tensors(on, rule, in, 0, apart ? small : end, out) &&
           (!apart || end == small || run_tensors(on, rule, in, small, end, out));
}
