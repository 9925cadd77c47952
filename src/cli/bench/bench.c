/* `clstep bench`: checks the options, measures and prints row by row, then writes the files. */
#include "cli/bench/bench.h"

#include "cli/bench/host.h"
#include "cli/bench/options.h"
#include "cli/bench/picture.h"
#include "cli/bench/row.h"
#include "cli/bench/start.h"
#include "cli/bench/table.h"
#include "cli/gnuplot.h"
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>

static int write_outputs(const bench_options *options, const bench_results *results,
                         const clstep_device_info *device)
{
    int code = EXIT_OK;
    if (options->csv)
        code = bench_write_csv(options->csv, results, device);
    if (code == EXIT_OK && options->plot)
        code = bench_picture_write(results, device, options->plot);
    return code;
}

typedef struct run {
    const bench_options *options;
    const workplace *place;
    clstep_device_info device;
    bench_results results;
    progress bar; /* drawn between rows only: it would cost a row time */
} run;

static int measure_row(run *of, size_t model, size_t workload)
{
    const bench_options *options = of->options;
    const size_t before = of->results.count;
    progress_show(&of->bar, options->workloads[workload].name,
                  model * options->workload_count + workload,
                  options->model_count * options->workload_count);
    int code = bench_row_measure(options, of->place, &options->models[model],
                                 &options->workloads[workload], &of->results);
    progress_clear(&of->bar);
    for (size_t i = before; code == EXIT_OK && i < of->results.count; i++) {
        if (options->json)
            bench_print_json(stdout, &of->results.of[i], &of->device);
        else
            bench_print_row(&of->results.of[i]);
    }
    fflush(stdout);
    return code;
}

static int measure_rows(run *of)
{
    const bench_options *options = of->options;
    int code = EXIT_OK;
    if (!options->json)
        bench_print_machine(&of->device);
    for (size_t i = 0; code == EXIT_OK && i < options->model_count; i++) {
        if (!options->json)
            bench_print_heading(&options->models[i], options->own_buffers);
        for (size_t k = 0; code == EXIT_OK && k < options->workload_count; k++)
            code = measure_row(of, i, k);
    }
    return code;
}

/* Refuses launch parameters that the device does not take, before anything is printed. */
static int check_launch(const bench_options *options, const workplace *place)
{
    clstep_engine *engine = NULL;
    int code = workplace_engine_with(place, &options->launch, &engine);
    clstep_engine_destroy(engine);
    return code;
}

static int run_rows(const bench_options *options, const workplace *place)
{
    run of = {.options = options, .place = place, .bar = progress_start()};
    int code = workplace_describe(place, &of.device);
    if (code == EXIT_OK)
        code = check_launch(options, place);
    if (code == EXIT_OK)
        code = measure_rows(&of);
    if (code == EXIT_OK && !options->json)
        bench_print_legend(&of.results);
    if (code == EXIT_OK)
        code = write_outputs(options, &of.results, &of.device);
    if (code == EXIT_OK)
        bench_warn_of_drift(&of.results);
    free(of.results.of);
    return code;
}

static int run_mode(bench_options *options)
{
    if (options->help) {
        bench_options_help();
        return EXIT_OK;
    }
    if (options->mode == BENCH_LIST)
        return bench_models_print(options->json);
    int code = outputs_check(options->csv, options->plot);
    if (code != EXIT_OK)
        return code;
    if (options->mode == BENCH_START)
        return bench_start(options);
    workplace place;
    code = workplace_open(&place, options->device);
    if (code != EXIT_OK)
        return code;
    workplace_launch(&place, &options->launch);
    code = options->mode == BENCH_HOST ? bench_host(options, &place) : run_rows(options, &place);
    workplace_close(&place);
    return code;
}

int command_bench(int argc, char **argv)
{
    bench_options *options = calloc(1, sizeof *options);
    if (!options)
        return complain_memory();
    int code = bench_options_parse(options, argc, argv);
    if (code == EXIT_OK)
        code = run_mode(options);
    bench_options_free(options);
    free(options);
    return code;
}
