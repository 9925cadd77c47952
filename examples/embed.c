/* A whole program that uses clstep: your own context, queue, buffers and events. It minimises the
 * sum of (p - 3)^2 over two tensors that share a buffer.
 *     cc embed.c $(pkg-config --cflags --libs clstep) */
#define CL_TARGET_OPENCL_VERSION 120 /* of the OpenCL headers; 120 or more suits clstep */
#include <clstep/clstep.h>
#include <math.h>
#include <stdio.h>

enum { COUNT = 1000, STEPS = 500 };

int main(void)
{
    cl_device_id device;
    if (clstep_device_choose(&device, NULL) != CLSTEP_OK) {
        fprintf(stderr, "%s\n", clstep_last_error()->message);
        return 1;
    }
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
    float p[COUNT] = {0}, g[COUNT];
    cl_mem params =
        clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, sizeof p, p, NULL);
    cl_mem grads = clCreateBuffer(context, CL_MEM_READ_ONLY, sizeof g, NULL, NULL);

    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "torch"); /* PyTorch's formula and defaults */
    clstep_tensor tensors[] = {
        {.param = params, .grad = grads, .count = 600},
        {.param = params, .grad = grads, .param_offset = 600, .grad_offset = 600, .count = 400},
    };
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors, .tensor_count = 2};
    clstep_engine *engine = NULL;
    clstep_optimizer *optimizer = NULL;
    if (status == CLSTEP_OK)
        status = clstep_engine_create(&engine, context, device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);

    for (int i = 0; i < STEPS && status == CLSTEP_OK; i++) {
        for (int k = 0; k < COUNT; k++)
            g[k] = 2 * (p[k] - 3); /* your backward pass */
        cl_event ready, updated;
        clEnqueueWriteBuffer(queue, grads, CL_FALSE, 0, sizeof g, g, 0, NULL, &ready);
        status = clstep_optimizer_step(optimizer, queue, NULL, 1, &ready, &updated);
        clReleaseEvent(ready);
        if (status != CLSTEP_OK)
            break;
        clEnqueueReadBuffer(queue, params, CL_TRUE, 0, sizeof p, p, 1, &updated, NULL);
        clReleaseEvent(updated);
    }
    if (status != CLSTEP_OK)
        fprintf(stderr, "%s\n", clstep_last_error()->message);
    printf("p[0] = %.3f, p[%d] = %.3f\n", p[0], COUNT - 1, p[COUNT - 1]);

    clFinish(queue); /* a process must not end while PoCL runs commands */
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    clReleaseMemObject(grads);
    clReleaseMemObject(params);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return status == CLSTEP_OK && fabsf(p[0] - 3) < 0.1f ? 0 : 1;
}
