/* What a step costs the host. */
#include "cli/bench_kernels.h"
#include "cli/bench_modes.h"
#include "cli/bench_rounds.h"
#include "cli/bench_step.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 201 };

/* A launch of nothing. */
typedef struct empty {
    const workplace *place;
    cl_program program;
    cl_kernel kernel;
} empty;

static int enqueue_empty(void *of)
{
    const empty *what = of;
    const size_t one = 1;
    cl_int code = clEnqueueNDRangeKernel(what->place->queue, what->kernel, 1, NULL, &one, NULL, 0,
                                         NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}

static void print_line(const bench_options *options, const char *what, const bench_times *times,
                       double (*of)[BENCH_ROUNDS_MAX], size_t launches)
{
    const bench_spread step = bench_spread_of(of[0], times->rounds);
    const bench_spread bare = bench_spread_of(of[1], times->rounds);
    const bench_spread ratio = bench_ratio(of[0], of[1], times->rounds);
    if (options->json)
        printf("{\"host\": \"%s\", \"launches\": %zu, \"step_us\": %.3f, \"empty_us\": %.3f, "
               "\"ratio\": %.4f, \"ratio_low\": %.4f, \"ratio_high\": %.4f}\n",
               what, launches, step.median * 1e6, bare.median * 1e6, ratio.median, ratio.low,
               ratio.high);
    else
        printf("%-45s %8zu %8.2f %8.2f %8.2f %6.2f-%.2f\n", what, launches, step.median * 1e6,
               bare.median * 1e6, ratio.median, ratio.low, ratio.high);
    fflush(stdout);
}

/* ---- the enqueue alone --------------------------------------------------------------------- */

/* Behind an event that is not complete, so that nothing runs on the host's cores meanwhile. */
static int hold(const workplace *place, cl_event *gate)
{
    cl_int code;
    *gate = clCreateUserEvent(place->context, &code);
    if (!*gate)
        return complain_cl("clCreateUserEvent", code);
    code = clEnqueueBarrierWithWaitList(place->queue, 1, gate, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueBarrierWithWaitList", code);
}

static int let_go(const workplace *place, cl_event gate)
{
    cl_int code = clSetUserEventStatus(gate, CL_COMPLETE);
    if (code == CL_SUCCESS)
        code = clFinish(place->queue);
    clReleaseEvent(gate);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clFinish", code);
}

static int time_enqueues(const workplace *place, const bench_contender *contenders,
                         bench_times *times)
{
    int code = EXIT_OK;
    for (size_t round = 0; code == EXIT_OK && round < ROUNDS; round++) {
        cl_event gate = NULL;
        code = hold(place, &gate);
        for (size_t k = 0; code == EXIT_OK && k < 2; k++) {
            const size_t which = (round + k) % 2;
            const double start = seconds_now();
            code = contenders[which].enqueue(contenders[which].of);
            times->host[which][round] = seconds_now() - start;
        }
        if (gate) {
            const int ended = let_go(place, gate);
            code = code == EXIT_OK ? ended : code;
        }
    }
    times->rounds = ROUNDS;
    return code;
}

/* ---- one line ------------------------------------------------------------------------------ */

typedef struct line {
    const char *what;
    const char *model;
    bool own_buffers;
    bool whole; /* until the queue is finished; else the enqueue alone */
} line;

static int measure(const bench_options *options, const workplace *place, const line *of,
                   bench_step *step, empty *bare)
{
    const bench_contender contenders[] = {{bench_step_enqueue, step}, {enqueue_empty, bare}};
    bench_times *times = calloc(1, sizeof *times);
    if (!times)
        return complain(EXIT_FAILED, "out of memory");
    int code = of->whole ? bench_rounds_run(place, contenders, 2, ROUNDS, times)
                         : time_enqueues(place, contenders, times);
    if (code == EXIT_OK)
        print_line(options, of->what, times, of->whole ? times->whole : times->host,
                   clstep_optimizer_launches(step->optimizer));
    free(times);
    return code;
}

static int run_line(const bench_options *options, const workplace *place, const line *of,
                    empty *bare)
{
    bench_model model = {0};
    bench_bed bed = {0};
    bench_step step = {0};
    double ignored;
    int code = bench_model_make(&model, of->model);
    if (code == EXIT_OK)
        code = bench_bed_open(&bed, place, &model, &options->contests[0], of->own_buffers);
    if (code == EXIT_OK)
        code = bench_step_open(&step, &bed, &options->launch, false, &ignored);
    if (code == EXIT_OK)
        code = measure(options, place, of, &step, bare);
    bench_step_close(&step);
    bench_bed_close(&bed);
    bench_model_free(&model);
    return code;
}

/* GPT-2's number of tensors; how large they are costs the host nothing. */
int bench_host(const bench_options *options, const workplace *place)
{
    static const line lines[] = {
        {"enqueue, 1 tensor", "1x1000", false, false},
        {"enqueue, 148 tensors", "148x1000", false, false},
        {"enqueue, 148 tensors in own buffers", "148x1000", true, false},
        {"enqueue to finish, 1000 elements", "1x1000", false, true},
        {"enqueue to finish, 148 tensors of 1000", "148x1000", false, true},
    };
    empty bare = {.place = place};
    int code = bench_kernel(place, "nothing", &bare.program, &bare.kernel);
    if (code == EXIT_OK && !options->json)
        printf("%-45s %8s %8s %8s %8s %11s\n%-45s %8s %8s %8s %8s %11s\n", "", "", "step", "empty",
               "", "", options->contests[0].name, "launches", "us", "us", "ratio", "quartiles");
    for (size_t i = 0; code == EXIT_OK && i < sizeof lines / sizeof *lines; i++)
        code = run_line(options, place, &lines[i], &bare);
    if (bare.kernel)
        clReleaseKernel(bare.kernel);
    if (bare.program)
        clReleaseProgram(bare.program);
    return code;
}
