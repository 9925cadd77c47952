/* Opens and closes the device for the tests. Each test runs in a process of its own. */
#include "fixture.h"

#include <stdlib.h>

fixture the;

void fixture_open(void)
{
    ck_ok(clstep_device_choose(&the.device, NULL));
    cl_int code;
    the.context = clCreateContext(NULL, 1, &the.device, NULL, NULL, &code);
    ck_cl(code);
    the.queue = clCreateCommandQueue(the.context, the.device, 0, &code);
    ck_cl(code);
    ck_ok(clstep_engine_create(&the.engine, the.context, the.device, NULL));
}

void fixture_open_large(void)
{
    setenv("HWLOC_SYNTHETIC", "NUMANode:1(memory=137438953472) core:2 pu:1", 1);
    fixture_open();
}

/* Waits first: PoCL crashes where a process exits while its worker threads still run commands (3.1:
 * 20 of 360 exits right after a step, none of 480 after clFinish). */
void fixture_close(void)
{
    clFinish(the.queue);
    clstep_engine_destroy(the.engine);
    clReleaseCommandQueue(the.queue);
    clReleaseContext(the.context);
}

clstep_rule preset_rule(const char *name)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_ok(clstep_rule_preset(&rule, name));
    return rule;
}

cl_mem make_buffer(const float *contents, size_t count)
{
    float *zeros = contents ? NULL : calloc(count, sizeof *zeros);
    cl_int code;
    cl_mem buffer =
        clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, count * sizeof(float),
                       contents ? (void *)contents : zeros, &code);
    free(zeros);
    ck_cl(code);
    return buffer;
}

void read_buffer(cl_mem buffer, size_t offset, float *to, size_t count)
{
    ck_cl(clEnqueueReadBuffer(the.queue, buffer, CL_TRUE, offset * sizeof(float),
                              count * sizeof(float), to, 0, NULL, NULL));
}

void write_buffer(cl_mem buffer, size_t offset, const float *from, size_t count)
{
    ck_cl(clEnqueueWriteBuffer(the.queue, buffer, CL_TRUE, offset * sizeof(float),
                               count * sizeof(float), from, 0, NULL, NULL));
}

uint64_t steps_of(const clstep_optimizer *optimizer)
{
    uint64_t steps = 0;
    ck_ok(clstep_optimizer_get_steps(optimizer, &steps));
    return steps;
}
