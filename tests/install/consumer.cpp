// A user of the installed library in C++11: one step of one tensor, by the library's own numbers.
#define CL_TARGET_OPENCL_VERSION 120
#include <clstep/clstep.h>
#include <cmath>
#include <cstdio>
#include <vector>

static int fail(const char *what)
{
    std::fprintf(stderr, "%s: %s\n", what, clstep_last_error()->message);
    return 1;
}

int main()
{
    cl_device_id device;
    if (clstep_device_choose(&device, nullptr) != CLSTEP_OK)
        return fail("device");
    cl_context context = clCreateContext(nullptr, 1, &device, nullptr, nullptr, nullptr);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, nullptr);
    std::vector<float> p(1000, 1.0f), g(1000, 2.0f);
    const std::size_t bytes = p.size() * sizeof(float);
    const cl_mem_flags flags = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;

    clstep_tensor tensor = clstep_tensor();
    tensor.param = clCreateBuffer(context, flags, bytes, p.data(), nullptr);
    tensor.grad = clCreateBuffer(context, flags, bytes, g.data(), nullptr);
    tensor.count = p.size();
    clstep_rule rule = CLSTEP_RULE_INIT;
    if (clstep_rule_preset(&rule, "torch") != CLSTEP_OK)
        return fail("preset");
    rule.lr = 0.125;
    clstep_group group = CLSTEP_GROUP_INIT;
    group.rule = &rule;
    group.tensors = &tensor;
    group.tensor_count = 1;

    clstep_engine *engine = nullptr;
    if (clstep_engine_create(&engine, context, device, nullptr) != CLSTEP_OK)
        return fail("engine");
    clstep_optimizer *optimizer = nullptr;
    if (clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL) != CLSTEP_OK)
        return fail("optimizer");
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    cl_event done = nullptr;
    if (clstep_optimizer_step(optimizer, queue, &options, 0, nullptr, &done) != CLSTEP_OK)
        return fail("step");
    if (clEnqueueReadBuffer(queue, tensor.param, CL_TRUE, 0, bytes, p.data(), 1, &done, nullptr) !=
        CL_SUCCESS)
        return fail("read");
    clReleaseEvent(done);

    // v = 0.01 * 2^2, so g / sqrt(v) is 10 but for eps.
    const bool right = std::fabs(p.front() - (1 - 0.125f * 10)) < 1e-5f && p.front() == p.back();
    std::printf("p = %.6f after a step\n", static_cast<double>(p.front()));

    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    clReleaseMemObject(tensor.grad);
    clReleaseMemObject(tensor.param);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return right ? 0 : 1;
}
