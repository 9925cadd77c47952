/* Mixed precision with a dynamic loss scale: parameters in bf16 with a master copy in fp32,
 * gradients in fp16, which overflow. The device finds infinite gradients, skips such steps and
 * adapts the scale. The loop clips by the global norm, has a warm-up and a cosine, and waits for
 * nothing. It minimises the sum of (p - target)^2.
 *     cc loss_scale.c $(pkg-config --cflags --libs clstep) -lm */
#define CL_TARGET_OPENCL_VERSION 120
#include <clstep/clstep.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 4096, STEPS = 600 };

/* Your backward pass, and what PyTorch's GradScaler does. scaler[0] is the loss scale, scaler[1]
 * whether a gradient is not finite, scaler[2] the number of good steps in a row. */
static const char *const source =
    "__kernel void backward(__global const ushort *p, __global half *grad, __global float "
    "*scaler)\n"
    "{\n"
    "    const size_t i = get_global_id(0);\n"
    "    vstore_half(scaler[0] * 2 * (as_float(p[i] << 16) - i % 7 * 0.5f), i, grad);\n"
    "    if (!isfinite(vload_half(i, grad)))\n"
    "        scaler[1] = 1;\n"
    "}\n"
    "__kernel void adapt(__global float *scaler)\n"
    "{\n"
    "    scaler[2] = scaler[1] != 0 ? 0 : scaler[2] + 1;\n"
    "    scaler[0] *= scaler[1] != 0 ? 0.5f : fmod(scaler[2], 50.0f) == 0 ? 2.0f : 1.0f;\n"
    "    scaler[1] = 0;\n"
    "}\n";

static cl_context context;
static cl_command_queue queue;

static clstep_status create(clstep_optimizer **optimizer, clstep_engine *engine, cl_mem params,
                            cl_mem grads)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, "adam");
    rule.clip = CLSTEP_CLIP_GLOBAL_NORM;
    rule.clip_bound = 10;
    const clstep_tensor tensor = {.param = params,
                                  .grad = grads,
                                  .count = COUNT,
                                  .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                  .grad_dtype = CLSTEP_DTYPE_FLOAT16};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor,
                                .tensor_count = 1, .param_storage = CLSTEP_PARAM_MASTER};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.control = CLSTEP_CONTROL_DIVIDE; /* by the loss scale, as PyTorch's fused optimizers */
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(optimizer, engine, queue, 1, &group, &options, NULL);
    return status;
}

static clstep_status scaled_step(clstep_optimizer *optimizer, double lr, cl_mem scaler)
{
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr = &lr;
    options.lr_count = 1;
    options.grad_scale = (clstep_buffer){.buffer = scaler, .offset = 0};
    options.skip = (clstep_buffer){.buffer = scaler, .offset = 1}; /* PyTorch's found_inf */
    options.skip_type = CLSTEP_SCALAR_FLOAT32;
    return clstep_optimizer_step(optimizer, queue, &options, 0, NULL, NULL);
}

static clstep_status train(clstep_optimizer *optimizer, cl_kernel backward, cl_kernel adapt,
                           cl_mem scaler)
{
    const size_t all = COUNT, one = 1;
    const clstep_schedule schedule = {sizeof schedule, .kind = CLSTEP_SCHEDULE_COSINE, .lr = 0.05,
                                      .warmup_steps = 20, .total_steps = STEPS};
    clstep_status status = CLSTEP_OK;
    for (uint64_t i = 0; i < STEPS && status == CLSTEP_OK; i++) {
        clEnqueueNDRangeKernel(queue, backward, 1, NULL, &all, NULL, 0, NULL, NULL);
        status = scaled_step(optimizer, clstep_schedule_lr(&schedule, i), scaler);
        clEnqueueNDRangeKernel(queue, adapt, 1, NULL, &one, NULL, 0, NULL, NULL);
    }
    return status;
}

/* What the run did, and whether all parameters have reached their targets. */
static int report(clstep_optimizer *optimizer, cl_mem params, cl_mem scaler)
{
    cl_ushort p[COUNT];
    float scale = 0;
    uint64_t steps = 0;
    double worst = 0;
    if (clstep_optimizer_finish(optimizer) != CLSTEP_OK ||
        clstep_optimizer_get_steps(optimizer, &steps) != CLSTEP_OK)
        return 1;
    clEnqueueReadBuffer(queue, params, CL_TRUE, 0, sizeof p, p, 0, NULL, NULL);
    clEnqueueReadBuffer(queue, scaler, CL_TRUE, 0, sizeof scale, &scale, 0, NULL, NULL);
    for (int i = 0; i < COUNT; i++) {
        const cl_uint bits = (cl_uint)p[i] << 16;
        float wide;
        memcpy(&wide, &bits, sizeof wide);
        worst = fmax(worst, fabs((double)wide - i % 7 * 0.5));
    }
    printf("%d steps and %d skipped ones; loss scale %g; largest error %.3f\n", (int)steps,
           STEPS - (int)steps, (double)scale, worst);
    return !(worst < 0.02 && steps > STEPS / 2 && steps < STEPS);
}

int main(void)
{
    static float zeros[COUNT], numbers[3] = {16777216, 0, 0}; /* a scale that is too large */
    cl_device_id device;
    if (clstep_device_choose(&device, NULL) != CLSTEP_OK) {
        fprintf(stderr, "%s\n", clstep_last_error()->message);
        return 1;
    }
    context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    queue = clCreateCommandQueue(context, device, 0, NULL);
    cl_program program = clCreateProgramWithSource(context, 1, (const char **)&source, NULL, NULL);
    clBuildProgram(program, 1, &device, "", NULL, NULL);
    cl_kernel backward = clCreateKernel(program, "backward", NULL);
    cl_kernel adapt = clCreateKernel(program, "adapt", NULL);
    const cl_mem_flags copied = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;
    cl_mem params = clCreateBuffer(context, copied, 2 * COUNT, zeros, NULL);
    cl_mem grads = clCreateBuffer(context, copied, 2 * COUNT, zeros, NULL);
    cl_mem scaler = clCreateBuffer(context, copied, sizeof numbers, numbers, NULL);
    clSetKernelArg(backward, 0, sizeof params, &params);
    clSetKernelArg(backward, 1, sizeof grads, &grads);
    clSetKernelArg(backward, 2, sizeof scaler, &scaler);
    clSetKernelArg(adapt, 0, sizeof scaler, &scaler);
    clstep_engine *engine = NULL;
    clstep_optimizer *optimizer = NULL;
    clstep_status status = clstep_engine_create(&engine, context, device, NULL);
    if (status == CLSTEP_OK)
        status = create(&optimizer, engine, params, grads);
    if (status == CLSTEP_OK)
        status = train(optimizer, backward, adapt, scaler);
    if (status != CLSTEP_OK)
        fprintf(stderr, "%s\n", clstep_last_error()->message);
    const int failed = status != CLSTEP_OK || report(optimizer, params, scaler);

    clFinish(queue); /* a process must not end while PoCL runs commands */
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    clReleaseKernel(adapt);
    clReleaseKernel(backward);
    clReleaseProgram(program);
    clReleaseMemObject(scaler);
    clReleaseMemObject(grads);
    clReleaseMemObject(params);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return failed;
}
