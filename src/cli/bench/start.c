/* Times the first step of this process, in parts. */
#include "cli/bench/start.h"

#include "cli/bench/step.h"
#include "cli/terminal.h"

#include <stdio.h>

enum { ELEMENTS = 65536 };

static void print_start(const bench_options *options, const bench_workload *workload, double opened,
                        double first)
{
    if (options->json)
        printf("{\"start\": \"%s\", \"open_ms\": %.3f, \"first_ms\": %.3f}\n", workload->name,
               opened * 1e3, first * 1e3);
    else
        print_sentence("%s: device, context and queue %.1f ms; from the engine's creation to the "
                       "end of its first step %.1f ms",
                       workload->name, opened * 1e3, first * 1e3);
}

static int run_first(const bench_options *options, const workplace *place, double opened)
{
    const bench_workload *workload = &options->workloads[0];
    bench_model model = {0};
    bench_buffers buffers = {0};
    bench_step step = {0};
    double first = 0;
    int code = bench_model_flat(&model, ELEMENTS);
    if (code == EXIT_OK)
        code = bench_buffers_open(&buffers, place, &model, workload, false);
    if (code == EXIT_OK)
        code = bench_step_open(&step, &buffers, &options->launch, false, &first);
    if (code == EXIT_OK)
        print_start(options, workload, opened, first);
    bench_step_close(&step);
    bench_buffers_close(&buffers);
    bench_model_free(&model);
    return code;
}

int bench_start(const bench_options *options)
{
    workplace place;
    const double start = seconds_now();
    int code = workplace_open(&place, options->device);
    if (code != EXIT_OK)
        return code;
    code = run_first(options, &place, seconds_now() - start);
    workplace_close(&place);
    return code;
}
