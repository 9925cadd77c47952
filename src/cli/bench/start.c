/* The first step of this process, in parts. */
#include "cli/bench/modes.h"
#include "cli/bench/step.h"

#include <stdio.h>

enum { ELEMENTS = 65536 };

static void print_start(const bench_options *options, const bench_contest *contest, double opened,
                        double first)
{
    if (options->json)
        printf("{\"start\": \"%s\", \"open_ms\": %.3f, \"first_ms\": %.3f}\n", contest->name,
               opened * 1e3, first * 1e3);
    else
        printf("%-21s device, context and queue %.1f ms; from the engine's creation to the end "
               "of its first step %.1f ms\n",
               contest->name, opened * 1e3, first * 1e3);
}

static int run_first(const bench_options *options, const workplace *place, double opened)
{
    const bench_contest *contest = &options->contests[0];
    bench_model model = {0};
    bench_bed bed = {0};
    bench_step step = {0};
    double first = 0;
    int code = bench_model_flat(&model, ELEMENTS);
    if (code == EXIT_OK)
        code = bench_bed_open(&bed, place, &model, contest, false);
    if (code == EXIT_OK)
        code = bench_step_open(&step, &bed, &options->launch, false, &first);
    if (code == EXIT_OK)
        print_start(options, contest, opened, first);
    bench_step_close(&step);
    bench_bed_close(&bed);
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
