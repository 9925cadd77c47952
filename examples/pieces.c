/* The short examples of README.md and docs/embedding*.md, each in a function of its own, but for
 * that of loss scales, which is in loss_scale.c. `main` runs them all on small tensors, and the
 * tests run `main`. A whole program is embed.c. */
#define CL_TARGET_OPENCL_VERSION 120
#include <clstep/clstep.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1000 };

static cl_context context;
static cl_device_id device;
static cl_command_queue queue;

static cl_mem new_buffer(size_t bytes)
{
    void *zeros = calloc(1, bytes);
    cl_mem buffer = zeros ? clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes,
                                           zeros, NULL)
                          : NULL;
    free(zeros);
    return buffer;
}

static void backward(cl_command_queue to, cl_mem weights, cl_mem gradients)
{
    const float one = 1;
    (void)weights;
    clEnqueueFillBuffer(to, gradients, &one, sizeof one, 0, COUNT * sizeof one, 0, NULL, NULL);
}

/* The example of README.md. */
static clstep_status train(cl_mem weights, cl_mem gradients, int steps)
{
    clstep_engine *engine = NULL;       /* compiled kernels */
    clstep_optimizer *optimizer = NULL; /* the tensors and their state */
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "torch"); /* PyTorch's formula and defaults */
    rule.lr = 0.001;
    clstep_tensor tensor = {.param = weights, .grad = gradients, .count = COUNT}; /* fp32 */
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor, .tensor_count = 1};
    if (status == CLSTEP_OK)
        status = clstep_engine_create(&engine, context, device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
    for (int i = 0; i < steps && status == CLSTEP_OK; i++) {
        backward(queue, weights, gradients); /* your code: enqueues what fills `gradients` */
        status = clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL); /* only enqueues */
    }
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    return status;
}

static clstep_status two_groups(clstep_optimizer **optimizer, clstep_engine *engine,
                                const clstep_tensor *weights, const clstep_tensor *biases)
{
    clstep_rule rules[] = {CLSTEP_RULE_INIT, CLSTEP_RULE_INIT};
    clstep_status status = clstep_rule_preset(&rules[0], "torch");
    rules[0].weight_decay = 0.01;
    rules[1] = rules[0];
    rules[1].weight_decay = 0; /* biases do not decay */
    clstep_group groups[] = {
        {CLSTEP_GROUP_SIZES, .rule = &rules[0], .tensors = weights, .tensor_count = 1},
        {CLSTEP_GROUP_SIZES, .rule = &rules[1], .tensors = biases, .tensor_count = 1},
    };
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(optimizer, engine, queue, 2, groups, NULL, NULL);
    return status;
}

static clstep_status scheduled(clstep_optimizer *optimizer, uint64_t steps)
{
    clstep_schedule schedule = CLSTEP_SCHEDULE_INIT;
    schedule.kind = CLSTEP_SCHEDULE_COSINE;
    schedule.lr = 0.001;
    schedule.warmup_steps = 10;
    schedule.total_steps = steps;

    uint64_t i = 0; /* the steps so far: not 0 after a checkpoint was loaded */
    clstep_status status = clstep_optimizer_get_steps(optimizer, &i);
    for (; i < steps && status == CLSTEP_OK; i++) {
        const double lr = clstep_schedule_lr(&schedule, i);
        const double lrs[] = {lr, 0.1 * lr}; /* one for each group */
        clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
        options.lr = lrs;
        options.lr_count = 2;
        status = clstep_optimizer_step(optimizer, queue, &options, 0, NULL, NULL);
    }
    return status;
}

static clstep_status fresh_gradients(clstep_optimizer *optimizer, cl_mem new_gradient)
{
    /* One entry for each tensor of all groups, in their order. */
    const clstep_buffer gradients[] = {
        {.buffer = new_gradient, .offset = 0}, /* in elements */
        {.buffer = NULL},                      /* leaves the second tensor out of this step */
    };
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.gradients = gradients;
    options.gradient_count = 2;
    return clstep_optimizer_step(optimizer, queue, &options, 0, NULL, NULL);
}

static clstep_status your_state(clstep_optimizer **optimizer, clstep_engine *engine,
                                clstep_group group, cl_mem weights, cl_mem gradients,
                                cl_mem square_avg)
{
    /* "torch" without momentum keeps one array, square_avg: clstep_rule_array() lists them. */
    const clstep_buffer state[] = {{.buffer = square_avg, .offset = 0}};
    const clstep_tensor tensor = {.param = weights,
                                  .grad = gradients,
                                  .count = COUNT,
                                  .state_arrays = state,
                                  .state_array_count = 1};
    group.tensors = &tensor;
    group.tensor_count = 1;
    clstep_status status = clstep_optimizer_create(optimizer, engine, queue, 1, &group, NULL, NULL);
    if (status == CLSTEP_OK) /* square_avg is that of an optimizer that has made 1,000 steps */
        status = clstep_optimizer_set_steps(*optimizer, 1000);
    return status;
}

static clstep_status clipped(clstep_optimizer **optimizer, clstep_engine *engine,
                             clstep_group group, clstep_buffer *norm)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "torch");
    rule.clip = CLSTEP_CLIP_GLOBAL_NORM;
    rule.clip_bound = 1; /* clstep_optimizer_set_rule() changes it */
    group.rule = &rule;
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(optimizer, engine, queue, 1, &group, NULL, NULL);
    if (status == CLSTEP_OK) /* each step leaves the norm there: one fp32 number */
        status = clstep_optimizer_get_norm(*optimizer, norm);
    return status;
}

static clstep_status across_queues(clstep_optimizer *optimizer, cl_event gradients_ready,
                                   cl_command_queue reader, cl_mem weights, float *copy)
{
    cl_event updated = NULL;
    clstep_status status =
        clstep_optimizer_step(optimizer, queue, NULL, 1, &gradients_ready, &updated);
    clReleaseEvent(gradients_ready); /* OpenCL keeps it as long as a command waits for it */
    if (status != CLSTEP_OK)
        return status; /* `updated` is NULL */
    clFlush(queue);    /* OpenCL requires it before another queue waits for `updated` */
    clEnqueueReadBuffer(reader, weights, CL_TRUE, 0, COUNT * sizeof *copy, copy, 1, &updated, NULL);
    clReleaseEvent(updated);
    return CLSTEP_OK;
}

static void explain(clstep_engine *engine, clstep_status status)
{
    const clstep_error *error = clstep_last_error(); /* of this thread */
    fprintf(stderr, "%s: %s\n", clstep_status_name(status), error->message);
    if (status == CLSTEP_BUILD_FAILED) {
        size_t size = 0;
        clstep_engine_build_log(engine, NULL, 0, &size); /* how long the log is */
        char *log = malloc(size);
        if (log && clstep_engine_build_log(engine, log, size, NULL) == CLSTEP_OK)
            fputs(log, stderr);
        free(log);
    }
}

static clstep_status save_kernels(clstep_engine *engine, const clstep_group *group,
                                  void (*keep)(const void *bytes, size_t size))
{
    clstep_status status = clstep_engine_prepare(engine, 1, group); /* compiles, in any thread */
    size_t size = 0;
    if (status == CLSTEP_OK)
        status = clstep_engine_get_blob(engine, NULL, 0, &size);
    void *blob = status == CLSTEP_OK ? malloc(size) : NULL;
    if (status == CLSTEP_OK && !blob)
        status = CLSTEP_OUT_OF_MEMORY;
    if (status == CLSTEP_OK)
        status = clstep_engine_get_blob(engine, blob, size, NULL);
    if (status == CLSTEP_OK)
        keep(blob, size); /* the next process gives it to clstep_engine_set_blob() */
    free(blob);
    return status;
}

/* ---- running them ---------------------------------------------------------------------------- */

static size_t kept;

static void keep_size(const void *bytes, size_t size)
{
    (void)bytes;
    kept = size;
}

static clstep_status run_groups(clstep_engine *engine, cl_mem weights, cl_mem gradients)
{
    const clstep_tensor first = {.param = weights, .grad = gradients, .count = 600};
    const clstep_tensor second = {
        .param = weights, .grad = gradients, .param_offset = 600, .grad_offset = 600, .count = 400};
    clstep_optimizer *optimizer = NULL;
    clstep_status status = two_groups(&optimizer, engine, &first, &second);
    if (status == CLSTEP_OK)
        status = scheduled(optimizer, 20);
    if (status == CLSTEP_OK)
        status = fresh_gradients(optimizer, gradients);
    uint64_t steps = 0;
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_tensor_steps(optimizer, 1, 0, &steps);
    if (status == CLSTEP_OK && steps != 20) { /* it was left out of one of 21 */
        fprintf(stderr, "the second tensor has made %d steps, not 20\n", (int)steps);
        status = CLSTEP_INVALID_ARGUMENT;
    }
    clstep_optimizer_destroy(optimizer);
    return status;
}

static clstep_status run_clipped(clstep_engine *engine, clstep_group group)
{
    clstep_optimizer *optimizer = NULL;
    clstep_buffer at;
    float norm = 0;
    clstep_status status = clipped(&optimizer, engine, group, &at);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL);
    if (status == CLSTEP_OK)
        clEnqueueReadBuffer(queue, at.buffer, CL_TRUE, at.offset * sizeof norm, sizeof norm, &norm,
                            0, NULL, NULL);
    if (status == CLSTEP_OK && !(norm > 31.6f && norm < 31.7f)) { /* the root of 1000 */
        fprintf(stderr, "the norm is %g\n", norm);
        status = CLSTEP_INVALID_ARGUMENT;
    }
    clstep_optimizer_destroy(optimizer);
    return status;
}

static clstep_status run_others(clstep_engine *engine, cl_mem weights, cl_mem gradients,
                                cl_mem square_avg)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "torch");
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule};
    const clstep_tensor tensor = {.param = weights, .grad = gradients, .count = COUNT};
    clstep_optimizer *optimizer = NULL;
    if (status == CLSTEP_OK)
        status = your_state(&optimizer, engine, group, weights, gradients, square_avg);
    cl_event ready = NULL;
    float *copy = calloc(COUNT, sizeof *copy);
    if (status == CLSTEP_OK && copy &&
        clEnqueueMarkerWithWaitList(queue, 0, NULL, &ready) == CL_SUCCESS) {
        status = across_queues(optimizer, ready, queue, weights, copy);
    }
    free(copy);
    group.tensors = &tensor;
    group.tensor_count = 1;
    if (status == CLSTEP_OK)
        status = save_kernels(engine, &group, keep_size);
    if (status == CLSTEP_OK)
        status = run_clipped(engine, group);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(optimizer);
    clstep_optimizer_destroy(optimizer);
    return status;
}

int main(void)
{
    clstep_engine *engine = NULL;
    clstep_status status = clstep_device_choose(&device, NULL);
    if (status != CLSTEP_OK) {
        explain(NULL, status);
        return 1;
    }
    context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    queue = clCreateCommandQueue(context, device, 0, NULL);
    cl_mem weights = new_buffer(COUNT * sizeof(float));
    cl_mem gradients = new_buffer(COUNT * sizeof(float));
    cl_mem square_avg = new_buffer(COUNT * sizeof(float));
    status = train(weights, gradients, 10);
    if (status == CLSTEP_OK)
        status = clstep_engine_create(&engine, context, device, NULL);
    if (status == CLSTEP_OK)
        status = run_groups(engine, weights, gradients);
    if (status == CLSTEP_OK)
        status = run_others(engine, weights, gradients, square_avg);
    if (status != CLSTEP_OK)
        explain(engine, status);
    else
        printf("all pieces ran; a blob of the kernels has %d bytes\n", (int)kept);
    clFinish(queue);
    clstep_engine_destroy(engine);
    clReleaseMemObject(square_avg);
    clReleaseMemObject(gradients);
    clReleaseMemObject(weights);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return status == CLSTEP_OK && kept > 0 ? 0 : 1;
}
