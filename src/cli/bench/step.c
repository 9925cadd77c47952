/* An engine with an optimizer whose step is timed. The buffers are those of buffers.c. */
#include "cli/bench/step.h"

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
    const double start = seconds_now();
    *step = (bench_step){.place = buffers->place};
    int code = workplace_engine_with(buffers->place, launch, &step->engine);
    if (code == EXIT_OK)
        code = bench_buffers_optimizer(buffers, step->engine, flat, &step->optimizer);
    if (code == EXIT_OK)
        code = bench_step_enqueue(step);
    if (code != EXIT_OK)
        return code;
    cl_int cl_code = clFinish(buffers->place->queue);
    *seconds = seconds_now() - start;
    return cl_code == CL_SUCCESS ? EXIT_OK : complain_cl("clFinish", cl_code);
}

void bench_step_close(bench_step *step)
{
    clstep_optimizer_destroy(step->optimizer);
    clstep_engine_destroy(step->engine);
    *step = (bench_step){0};
}
