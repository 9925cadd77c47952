/* RMSprop by CLBlast's calls: two variants, each compared with the formula before it is timed. */
#include "cli/bench/unfused.h"

#include "cli/bench/kernels.h"
#include "cli/blas.h"
#include "cli/workplace.h"

#include <math.h>
#include <stdio.h>

/* ---- the variants -----------------------------------------------------------------------------
 */

static int divide(const bench_unfused *unfused)
{
    const size_t global = (unfused->count + 3) / 4;
    cl_int code = clEnqueueNDRangeKernel(unfused->place->queue, unfused->divide, 1, NULL, &global,
                                         NULL, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}

static int descend(const bench_unfused *of)
{
    int code = divide(of);
    if (code == EXIT_OK)
        code = blas_add(of->place->queue, of->count, -(float)of->rule->lr, of->t, of->p);
    return code;
}

/* v = rho v; t = (1 - rho) g g; v = v + t; t = g / sqrt(v + eps); p = p - lr t */
static int enqueue_all(void *variant)
{
    const bench_unfused *of = ((bench_unfused_variant *)variant)->of;
    const cl_command_queue queue = of->place->queue;
    int code = blas_scale(queue, of->count, (float)of->rule->rho, of->v);
    if (code == EXIT_OK)
        code = blas_multiply_elements(queue, of->count, (float)(1 - of->rule->rho), of->g, of->g, 0,
                                      of->t);
    if (code == EXIT_OK)
        code = blas_add(queue, of->count, 1, of->t, of->v);
    return code == EXIT_OK ? descend(of) : code;
}

/* CLBlast's product can add to its output: v = (1 - rho) g g + rho v. */
static int enqueue_short(void *variant)
{
    const bench_unfused *of = ((bench_unfused_variant *)variant)->of;
    int code = blas_multiply_elements(of->place->queue, of->count, (float)(1 - of->rule->rho),
                                      of->g, of->g, (float)of->rule->rho, of->v);
    return code == EXIT_OK ? descend(of) : code;
}

/* ---- is it the same update? ---------------------------------------------------------------- */

enum { SAMPLE = 16 };

static int check_variant(const bench_unfused *of, bench_unfused_variant *variant)
{
    float before[SAMPLE], after[SAMPLE], g[SAMPLE], v[SAMPLE];
    const size_t count = of->count < SAMPLE ? of->count : SAMPLE;
    const size_t bytes = count * sizeof *g;
    const clstep_rule *rule = of->rule;
    int code = buffer_read(of->place, of->p, bytes, before);
    if (code == EXIT_OK)
        code = buffer_read(of->place, of->g, bytes, g);
    if (code == EXIT_OK)
        code = buffer_read(of->place, of->v, bytes, v);
    if (code == EXIT_OK)
        code = variant->enqueue(variant);
    if (code == EXIT_OK)
        code = buffer_read(of->place, of->p, bytes, after);
    for (size_t i = 0; code == EXIT_OK && i < count; i++) {
        const double average = rule->rho * v[i] + (1 - rule->rho) * g[i] * g[i];
        const double root =
            rule->eps_inside_sqrt ? sqrt(average + rule->eps) : sqrt(average) + rule->eps;
        const double wanted = before[i] - rule->lr * g[i] / root;
        if (!(fabs(after[i] - wanted) <= 1e-6 + 1e-4 * fabs(wanted)))
            code = complain(EXIT_FAILED, "%s gives %g where RMSprop gives %g", variant->name,
                            (double)after[i], wanted);
    }
    return code;
}

/* ---- life ---------------------------------------------------------------------------------- */

static int open_kernel(bench_unfused *of)
{
    const cl_ulong count = of->count;
    const cl_float eps = (cl_float)of->rule->eps;
    const cl_uint inside = of->rule->eps_inside_sqrt != 0;
    int built = bench_kernel(of->place, "divide_by_root", &of->program, &of->divide);
    if (built != EXIT_OK)
        return built;
    cl_int code = clSetKernelArg(of->divide, 0, sizeof count, &count);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(of->divide, 1, sizeof eps, &eps);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(of->divide, 2, sizeof inside, &inside);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(of->divide, 3, sizeof(cl_mem), &of->g);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(of->divide, 4, sizeof(cl_mem), &of->v);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(of->divide, 5, sizeof(cl_mem), &of->t);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clSetKernelArg", code);
}

static int make_array(const bench_unfused *of, float first, cl_mem *array)
{
    const size_t bytes = of->count * sizeof first;
    int made = buffer_create(of->place, array, bytes, NULL);
    if (made != EXIT_OK)
        return made;
    cl_int code = clEnqueueFillBuffer(of->place->queue, *array, &first, sizeof first, 0, bytes, 0,
                                      NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueFillBuffer", code);
}

/* With beta 0 CLBlast still adds 0 times its output, which therefore must hold no NaN. */
static int open_state(bench_unfused *of)
{
    int code = make_array(of, (float)of->rule->initial_square_avg, &of->v);
    return code == EXIT_OK ? make_array(of, 0, &of->t) : code;
}

int bench_unfused_open(bench_unfused *unfused, const workplace *place, const clstep_rule *rule,
                       cl_mem p, cl_mem g, size_t count)
{
    *unfused = (bench_unfused){.place = place,
                               .rule = rule,
                               .count = count,
                               .p = p,
                               .g = g,
                               .variants = {{unfused, "CLBlast scal had axpy", 5, enqueue_all},
                                            {unfused, "CLBlast had axpy", 3, enqueue_short}}};
    if (count > INT32_MAX) /* CLBlast's counts are int */
        return complain(EXIT_FAILED, "--peers takes fewer than 2^31 elements");
    int code = open_state(unfused);
    if (code == EXIT_OK)
        code = open_kernel(unfused);
    for (size_t i = 0; code == EXIT_OK && i < BENCH_UNFUSED_VARIANTS; i++)
        code = check_variant(unfused, &unfused->variants[i]);
    return code;
}

void bench_unfused_close(bench_unfused *unfused)
{
    if (unfused->divide)
        clReleaseKernel(unfused->divide);
    if (unfused->program)
        clReleaseProgram(unfused->program);
    buffer_release(unfused->t);
    buffer_release(unfused->v);
    *unfused = (bench_unfused){0};
}
