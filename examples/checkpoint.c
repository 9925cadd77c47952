/* Saving and resuming: each run makes 100 more steps, and goes on where the last run stopped. The
 * file holds the parameters, the state, the count of steps and the rule.
 *     cc checkpoint.c $(pkg-config --cflags --libs clstep-store) */
#define CL_TARGET_OPENCL_VERSION 120
#include <clstep/store.h>
#include <stdio.h>

enum { COUNT = 1000, STEPS = 100 };

static clstep_status run(cl_context context, cl_device_id device, cl_command_queue queue,
                         const char *path)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "torch");
    float g[COUNT];
    for (int k = 0; k < COUNT; k++)
        g[k] = (float)k; /* your backward pass */
    float p[COUNT] = {0};
    cl_mem params =
        clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, sizeof p, p, NULL);
    cl_mem grads =
        clCreateBuffer(context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, sizeof g, g, NULL);
    clstep_tensor tensor = {.param = params, .grad = grads, .count = COUNT, .name = "layer.weight"};
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor, .tensor_count = 1};
    clstep_engine *engine = NULL;
    clstep_optimizer *optimizer = NULL;
    if (status == CLSTEP_OK)
        status = clstep_engine_create(&engine, context, device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);

    clstep_checkpoint *checkpoint = NULL;
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_open(&checkpoint, path);
    clstep_load_options load = CLSTEP_LOAD_OPTIONS_INIT;
    load.with_params = 1; /* the parameters too */
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_load(checkpoint, optimizer, queue, &load);
    /* No file yet: this is the first run. Any other failure must end the run, or it would overwrite
     * a good file. */
    if (status == CLSTEP_FILE_MISSING)
        status = CLSTEP_OK;
    clstep_checkpoint_close(checkpoint);

    for (int i = 0; i < STEPS && status == CLSTEP_OK; i++)
        status = clstep_optimizer_step(optimizer, queue, NULL, 0, NULL, NULL);
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    save.with_params = 1;
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_save(optimizer, queue, &save, path);
    uint64_t steps = 0;
    if (status == CLSTEP_OK)
        status = clstep_optimizer_get_steps(optimizer, &steps);
    if (status == CLSTEP_OK)
        printf("step %d\n", (int)steps);

    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    clReleaseMemObject(grads);
    clReleaseMemObject(params);
    return status;
}

int main(int argc, char **argv)
{
    cl_device_id device;
    clstep_status status = clstep_device_choose(&device, NULL);
    if (status == CLSTEP_OK) {
        cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
        cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
        status = run(context, device, queue, argc > 1 ? argv[1] : "checkpoint.safetensors");
        clFinish(queue);
        clReleaseCommandQueue(queue);
        clReleaseContext(context);
    }
    if (status != CLSTEP_OK)
        fprintf(stderr, "%s\n", clstep_last_error()->message);
    return status == CLSTEP_OK ? 0 : 1;
}
