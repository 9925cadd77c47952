/* Builds and runs the probe kernel. probe_operands.c chooses the operands, probe_judge.c compares
 * the results. */
#include "selftest/probe.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

/* Made from kernels/tools/probe.cl by scripts/embed-kernel. */
extern const unsigned char clstep__probe_cl[];
extern const size_t clstep__probe_cl_size;

enum { OPERANDS = 16384, RESULTS = 2 * CLSTEP__PROBE_OPERATIONS * OPERANDS };

/* The objects of a run; tear_down() releases them. */
typedef struct {
    const clstep__probe_place *place;
    clstep__probe_operands operands;
    float *results;
    cl_program program;
    cl_kernel kernel;
    cl_mem buffers[4]; /* a, b, c, results */
} run;

static clstep_status build(run *r, clstep__text *log)
{
    const clstep__kernel_source source = {"probe", clstep__probe_cl, clstep__probe_cl_size};
    clstep__text options = {0};
    clstep__common_options(r->place->correctly_rounded, &options);
    clstep__text_format(&options, " -D WIDTH=%u", (unsigned)r->place->width);
    clstep_status status = options.failed
                               ? clstep__no_memory("clstep_selftest")
                               : clstep__kernel_build(r->place->context, r->place->device, &source,
                                                      options.bytes, &r->program, log);
    clstep__text_free(&options);
    if (status != CLSTEP_OK)
        return status;
    cl_int code;
    r->kernel = clCreateKernel(r->program, "clstep_probe", &code);
    return r->kernel ? CLSTEP_OK : clstep__cl_failed("clCreateKernel", code);
}

static clstep_status choose(run *r)
{
    clstep__probe_operands *operands = &r->operands;
    operands->count = OPERANDS;
    operands->a = clstep__allocate(3 * OPERANDS, sizeof(float));
    r->results = clstep__allocate(RESULTS, sizeof(float));
    if (!operands->a || !r->results)
        return clstep__no_memory("clstep_selftest");
    operands->b = operands->a + OPERANDS;
    operands->c = operands->b + OPERANDS;
    clstep__probe_choose(operands);
    return CLSTEP_OK;
}

static clstep_status set_up_buffers(run *r)
{
    float *const contents[] = {r->operands.a, r->operands.b, r->operands.c, NULL};
    for (cl_uint i = 0; i < 4; i++) {
        cl_int code;
        r->buffers[i] = clCreateBuffer(
            r->place->context,
            contents[i] ? CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR : CL_MEM_READ_WRITE,
            (contents[i] ? OPERANDS : RESULTS) * sizeof(float), contents[i], &code);
        if (!r->buffers[i])
            return clstep__cl_failed("clCreateBuffer", code);
        code = clSetKernelArg(r->kernel, i, sizeof r->buffers[i], &r->buffers[i]);
        if (code != CL_SUCCESS)
            return clstep__cl_failed("clSetKernelArg", code);
    }
    const cl_ulong count = OPERANDS;
    cl_int code = clSetKernelArg(r->kernel, 4, sizeof count, &count);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clSetKernelArg", code);
}

static clstep_status launch(run *r)
{
    const size_t items = OPERANDS / r->place->width;
    cl_event done;
    cl_int code =
        clEnqueueNDRangeKernel(r->place->queue, r->kernel, 1, NULL, &items, NULL, 0, NULL, &done);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clEnqueueNDRangeKernel", code);
    code = clEnqueueReadBuffer(r->place->queue, r->buffers[3], CL_TRUE, 0, RESULTS * sizeof(float),
                               r->results, 1, &done, NULL);
    clReleaseEvent(done);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueReadBuffer", code);
}

static void tear_down(run *r)
{
    for (size_t i = 0; i < 4; i++) {
        if (r->buffers[i])
            clReleaseMemObject(r->buffers[i]);
    }
    if (r->kernel)
        clReleaseKernel(r->kernel);
    if (r->program)
        clReleaseProgram(r->program);
    clstep__free(r->operands.a);
    clstep__free(r->results);
}

clstep_status clstep__probe_run(const clstep__probe_place *place, clstep__probe *probe,
                                clstep__text *log)
{
    *probe = (clstep__probe){0};
    run r = {.place = place};
    clstep_status status = choose(&r);
    if (status == CLSTEP_OK)
        status = build(&r, log);
    if (status == CLSTEP_OK)
        status = set_up_buffers(&r);
    if (status == CLSTEP_OK)
        status = launch(&r);
    if (status == CLSTEP_OK) {
        clstep__probe_judge(&r.operands, r.results, probe);
        clstep__probe_judge(&r.operands, r.results + RESULTS / 2, probe);
    }
    tear_down(&r);
    return status;
}
