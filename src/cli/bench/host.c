/* Measures what a step costs the host. */
#include "cli/bench/host.h"

#include "cli/bench/kernels.h"
#include "cli/bench/rounds.h"
#include "cli/bench/step.h"
#include "cli/columns.h"
#include "cli/workplace.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 201 };

/* Kernels that do nothing: one without arguments, and two with the arguments of plain RMSprop's
 * update, which cost the driver time; the second of these runs before what is timed. */
typedef struct bare_launch {
    const workplace *place;
    cl_program program;
    cl_kernel kernel;
    cl_mem v, p, g;
} bare_launch;

typedef struct bare_launches {
    bare_launch empty, same, before;
} bare_launches;

static int enqueue_bare(void *of)
{
    const bare_launch *what = of;
    const size_t one = 1;
    cl_int code = clEnqueueNDRangeKernel(what->place->queue, what->kernel, 1, NULL, &one, &one, 0,
                                         NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}

/* The chunk table is in the buffer of v. */
static int set_arguments(const bare_launch *bare)
{
    const struct {
        cl_ulong first_chunk, table, key;
        cl_float constants[16];
    } launch = {0};
    const cl_mem *buffers[] = {&bare->v, NULL, &bare->v, &bare->p, &bare->g};
    cl_int code = CL_SUCCESS;
    for (cl_uint i = 0; code == CL_SUCCESS && i < sizeof buffers / sizeof *buffers; i++)
        code = buffers[i] ? clSetKernelArg(bare->kernel, i, sizeof(cl_mem), buffers[i])
                          : clSetKernelArg(bare->kernel, i, sizeof launch, &launch);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clSetKernelArg", code);
}

static int open_empty(bare_launch *bare)
{
    return bench_kernel(bare->place, "nothing", &bare->program, &bare->kernel);
}

static int open_same(bare_launch *bare)
{
    int code = bench_kernel(bare->place, "nothing_of_update", &bare->program, &bare->kernel);
    if (code == EXIT_OK)
        code = buffer_create(bare->place, &bare->v, 4096, NULL);
    if (code == EXIT_OK)
        code = buffer_create(bare->place, &bare->p, 4096, NULL);
    if (code == EXIT_OK)
        code = buffer_create(bare->place, &bare->g, 4096, NULL);
    return code == EXIT_OK ? set_arguments(bare) : code;
}

static int open_bare(bare_launches *bare, const workplace *place)
{
    *bare = (bare_launches){{.place = place}, {.place = place}, {.place = place}};
    int code = open_empty(&bare->empty);
    if (code == EXIT_OK)
        code = open_same(&bare->same);
    return code == EXIT_OK ? open_same(&bare->before) : code;
}

static void close_launch(bare_launch *launch)
{
    if (launch->kernel)
        clReleaseKernel(launch->kernel);
    if (launch->program)
        clReleaseProgram(launch->program);
    buffer_release(launch->v);
    buffer_release(launch->p);
    buffer_release(launch->g);
}

static void close_bare(bare_launches *bare)
{
    close_launch(&bare->empty);
    close_launch(&bare->same);
    close_launch(&bare->before);
}

/* ---- a line of the table ------------------------------------------------------------------- */

enum { STEP, EMPTY, SAME, CANDIDATES };

enum {
    WHAT,
    LAUNCHES,
    TIMES,
    BY_EMPTY = TIMES + CANDIDATES,
    BY_SAME = BY_EMPTY + 2,
    COLUMNS = BY_SAME + 2
};

static const table_column columns[COLUMNS] = {
    {"", "", -24, 0},         {"", "launches", 8, 4},  {"step", "us", 8, 0},
    {"empty", "us", 8, 2},    {"same", "us", 8, 1},    {"step/", "empty", 6, 3},
    {"", "quartiles", 11, 5}, {"step/", "same", 6, 0}, {"", "quartiles", 11, 5},
};

static void set_ratio(table_cells cells, size_t at, bench_spread ratio)
{
    snprintf(cells[at], TABLE_CELL, "%.2f", ratio.median);
    snprintf(cells[at + 1], TABLE_CELL, "%.2f-%.2f", ratio.low, ratio.high);
}

static void print_row(const char *what, size_t launches, const double *us, bench_spread empty,
                      bench_spread same)
{
    const table rows = table_fit(columns, COLUMNS);
    table_cells cells;
    snprintf(cells[WHAT], TABLE_CELL, "%.*s", TABLE_CELL - 1, what);
    snprintf(cells[LAUNCHES], TABLE_CELL, "%zu", launches);
    for (size_t i = 0; i < CANDIDATES; i++)
        snprintf(cells[TIMES + i], TABLE_CELL, "%.2f", us[i]);
    set_ratio(cells, BY_EMPTY, empty);
    set_ratio(cells, BY_SAME, same);
    table_print_row(&rows, cells);
}

static void print_line(const bench_options *options, const char *what, const bench_times *times,
                       double (*of)[BENCH_ROUNDS_MAX], size_t launches)
{
    double us[CANDIDATES];
    for (size_t i = 0; i < CANDIDATES; i++)
        us[i] = bench_spread_of(of[i], times->rounds).median * 1e6;
    const bench_spread empty = bench_ratio(of[STEP], of[EMPTY], times->rounds);
    const bench_spread same = bench_ratio(of[STEP], of[SAME], times->rounds);
    if (options->json)
        printf("{\"host\": \"%s\", \"launches\": %zu, \"step_us\": %.3f, \"empty_us\": %.3f, "
               "\"same_us\": %.3f, \"ratio\": %.4f, \"ratio_low\": %.4f, \"ratio_high\": "
               "%.4f, \"same_ratio\": %.4f}\n",
               what, launches, us[STEP], us[EMPTY], us[SAME], empty.median, empty.low, empty.high,
               same.median);
    else
        print_row(what, launches, us, empty, same);
    fflush(stdout);
}

static void print_heading(const char *rule)
{
    const table rows = table_fit(columns, COLUMNS);
    printf("%s\n\n", rule);
    table_print_heading(&rows);
}

/* ---- the enqueue alone --------------------------------------------------------------------- */

/* Enqueues a barrier behind an event that is not complete, so that nothing runs on the host's cores
 * meanwhile, and one launch: the first launch after a pause takes up to twice as long, because the
 * driver is no longer in the caches. */
static int hold(const workplace *place, bare_launch *before, cl_event *gate)
{
    cl_int code;
    *gate = clCreateUserEvent(place->context, &code);
    if (!*gate)
        return complain_cl("clCreateUserEvent", code);
    code = clEnqueueBarrierWithWaitList(place->queue, 1, gate, NULL);
    return code == CL_SUCCESS ? enqueue_bare(before)
                              : complain_cl("clEnqueueBarrierWithWaitList", code);
}

static int let_go(const workplace *place, cl_event gate)
{
    cl_int code = clSetUserEventStatus(gate, CL_COMPLETE);
    if (code == CL_SUCCESS)
        code = clFinish(place->queue);
    clReleaseEvent(gate);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clFinish", code);
}

static int time_enqueues(const workplace *place, bare_launch *before,
                         const bench_candidate *candidates, bench_times *times)
{
    int code = EXIT_OK;
    for (size_t round = 0; code == EXIT_OK && round < ROUNDS; round++) {
        cl_event gate = NULL;
        code = hold(place, before, &gate);
        for (size_t k = 0; code == EXIT_OK && k < CANDIDATES; k++) {
            const size_t which = (round + k) % CANDIDATES;
            const double start = seconds_now();
            code = candidates[which].enqueue(candidates[which].of);
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

/* ---- what is measured ---------------------------------------------------------------------- */

typedef struct line {
    const char *what;
    const char *model;
    bool own_buffers;
    bool whole; /* until the queue is finished; else the enqueue alone */
} line;

static int measure(const bench_options *options, const workplace *place, const line *of,
                   bench_step *step, bare_launches *bare)
{
    const bench_candidate candidates[CANDIDATES] = {
        {bench_step_enqueue, step}, {enqueue_bare, &bare->empty}, {enqueue_bare, &bare->same}};
    bench_times *times = calloc(1, sizeof *times);
    if (!times)
        return complain_memory();
    int code = of->whole ? bench_rounds_run(place, candidates, CANDIDATES, ROUNDS, times)
                         : time_enqueues(place, &bare->before, candidates, times);
    if (code == EXIT_OK)
        print_line(options, of->what, times, of->whole ? times->whole : times->host,
                   clstep_optimizer_launches(step->optimizer));
    free(times);
    return code;
}

static int run_line(const bench_options *options, const workplace *place, const line *of,
                    bare_launches *bare)
{
    bench_model model = {0};
    bench_buffers buffers = {0};
    bench_step step = {0};
    double ignored;
    int code = bench_model_make(&model, of->model);
    if (code == EXIT_OK)
        code = bench_buffers_open(&buffers, place, &model, &options->workloads[0], of->own_buffers);
    if (code == EXIT_OK)
        code = bench_step_open(&step, &buffers, &options->launch, false, &ignored);
    if (code == EXIT_OK)
        code = measure(options, place, of, &step, bare);
    bench_step_close(&step);
    bench_buffers_close(&buffers);
    bench_model_free(&model);
    return code;
}

/* 148 is GPT-2's number of tensors. Their size does not change the host's cost. */
int bench_host(const bench_options *options, const workplace *place)
{
    static const line lines[] = {
        {"enqueue, 1 tensor", "1x1000", false, false},
        {"enqueue, 148 tensors", "148x1000", false, false},
        {"enqueue, 148 own buffers", "148x1000", true, false},
        {"to finish, 1 tensor", "1x1000", false, true},
        {"to finish, 148 tensors", "148x1000", false, true},
    };
    bare_launches bare;
    int code = open_bare(&bare, place);
    if (code == EXIT_OK && !options->json)
        print_heading(options->workloads[0].name);
    for (size_t i = 0; code == EXIT_OK && i < sizeof lines / sizeof *lines; i++)
        code = run_line(options, place, &lines[i], &bare);
    close_bare(&bare);
    return code;
}
