/* The moving task on the device, and how well its targets are followed. Which rules run is
 * drift.c's to say. */
#include "cli/train/drift_task.h"

#include "cli/compiling.h"
#include "cli/train/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* kernels/tools/drift.cl */
extern const unsigned char drift_cl[];
extern const size_t drift_cl_size;

/* Steps that a target, and a gradient's size, take to and fro: drawn from these ranges. */
static const double target_periods[2] = {1000, 4000}, size_periods[2] = {5000, 20000};

/* log2(100): sizes lie between 1 / 100 and 100. */
static const double exponent = 6.643856189774724;

/* sqrt(3): a triangle wave between -1 and 1 has the root mean square 1 / sqrt(3). */
static const double root_3 = 1.7320508075688772;

enum { WAVES = 4, EVERY = DRIFT_STEPS / DRIFT_SAMPLES };

/* ---- the task ------------------------------------------------------------------------------ */

/* Speed and place of a wave. */
static void draw_wave(random_stream *stream, const double periods[2], float *wave)
{
    const double part = (double)random_unit(stream);
    wave[0] = (float)(1 / (periods[0] * pow(periods[1] / periods[0], part)));
    wave[1] = random_unit(stream);
}

static float triangle(float x)
{
    return 4.0f * fabsf(x - floorf(x) - 0.5f) - 1.0f;
}

int drift_open(drift_task *task, const workplace *place, clstep_engine *engine, progress *bar,
               uint64_t seed, size_t seeds)
{
    char options[64];
    *task = (drift_task){.place = place, .engine = engine, .seeds = seeds, .bar = bar};
    const size_t count = seeds * DRIFT_WEIGHTS;
    task->wave = malloc(count * WAVES * sizeof *task->wave);
    if (!task->wave)
        return complain_memory();
    for (size_t s = 0; s < seeds; s++) {
        random_stream stream = random_start(seed + s, 3);
        for (size_t i = s * DRIFT_WEIGHTS; i < (s + 1) * DRIFT_WEIGHTS; i++) {
            draw_wave(&stream, target_periods, task->wave + WAVES * i);
            draw_wave(&stream, size_periods, task->wave + WAVES * i + 2);
        }
    }
    int code = buffer_create(place, &task->waves, count * WAVES * sizeof(float), task->wave);
    snprintf(options, sizeof options, "-cl-std=CL1.2 -DEXPONENT=%.9gf", exponent);
    return code ? code
                : workplace_kernel(place, drift_cl, drift_cl_size, options, "drift_gradient",
                                   &task->program, &task->kernel);
}

void drift_close(drift_task *task)
{
    if (task->kernel)
        clReleaseKernel(task->kernel);
    if (task->program)
        clReleaseProgram(task->program);
    buffer_release(task->waves);
    free(task->wave);
    *task = (drift_task){0};
}

static int enqueue_gradient(const drift_task *task, const trial *run, cl_uint step)
{
    const cl_uint elements = (cl_uint)(task->seeds * DRIFT_WEIGHTS);
    const struct {
        size_t size;
        const void *value;
    } arguments[] = {{sizeof run->params, &run->params},
                     {sizeof task->waves, &task->waves},
                     {sizeof elements, &elements},
                     {sizeof step, &step},
                     {sizeof run->grads, &run->grads}};
    for (cl_uint i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        cl_int code = clSetKernelArg(task->kernel, i, arguments[i].size, arguments[i].value);
        if (code != CL_SUCCESS)
            return complain_cl("clSetKernelArg", code);
    }
    cl_int code = clEnqueueNDRangeKernel(task->place->queue, task->kernel, 1, NULL, &run->count,
                                         NULL, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}

/* ---- how well it is followed --------------------------------------------------------------- */

/* Sums of squares while a run lasts, of one rate and seed. */
typedef struct sums {
    double by_size[DRIFT_SIZES];
    size_t counts[DRIFT_SIZES];
} sums;

static void add_sample(const drift_task *task, size_t seed, const float *params, size_t sample,
                       sums *total, drift_result *result)
{
    const float step = (float)((sample + 1) * EVERY);
    double sum = 0;
    for (size_t i = 0; i < DRIFT_WEIGHTS; i++) {
        const float *wave = task->wave + WAVES * (seed * DRIFT_WEIGHTS + i);
        const double distance = (double)params[i] - (double)triangle(wave[0] * step + wave[1]);
        const double size = ((double)triangle(wave[2] * step + wave[3]) + 1) / 2;
        const size_t range = size < 1 ? (size_t)(size * DRIFT_SIZES) : DRIFT_SIZES - 1;
        total->by_size[range] += distance * distance;
        total->counts[range]++;
        sum += distance * distance;
    }
    result->samples[sample] = root_3 * sqrt(sum / DRIFT_WEIGHTS);
}

static void finish(const sums *total, drift_result *result)
{
    double sum = 0;
    for (size_t i = 0; i < DRIFT_SIZES; i++) {
        sum += total->by_size[i];
        result->by_size[i] = root_3 * sqrt(total->by_size[i] / (double)total->counts[i]);
    }
    const double mean = root_3 * sqrt(sum / ((double)DRIFT_WEIGHTS * DRIFT_SAMPLES));
    result->mean = isfinite(mean) ? mean : NAN;
}

/* The first step, behind which no kernel is left to compile. */
static int first_step(const drift_task *task, const trial *run, float *params)
{
    compiling_begin(task->place);
    int code = enqueue_gradient(task, run, 0);
    if (!code)
        code = trial_step(run);
    if (!code)
        code = trial_read(run, params);
    compiling_end();
    return code;
}

static int follow(const drift_task *task, const trial *run, const char *name, float *params,
                  sums *totals, drift_result *results)
{
    const size_t parts = run->count / DRIFT_WEIGHTS;
    int code = first_step(task, run, params);
    for (size_t sample = 0; !code && sample < DRIFT_SAMPLES; sample++) {
        progress_show(task->bar, name, sample, DRIFT_SAMPLES);
        for (size_t i = sample == 0; !code && i < EVERY; i++) {
            code = enqueue_gradient(task, run, (cl_uint)(sample * EVERY + i));
            if (!code)
                code = trial_step(run);
        }
        if (!code)
            code = trial_read(run, params);
        for (size_t i = 0; !code && i < parts; i++)
            add_sample(task, i % task->seeds, params + i * DRIFT_WEIGHTS, sample, &totals[i],
                       &results[i]);
    }
    for (size_t i = 0; i < parts; i++)
        finish(&totals[i], &results[i]);
    progress_clear(task->bar);
    return code;
}

int drift_run(const drift_task *task, const char *preset, const char *name, const double *rates,
              size_t rate_count, drift_result *results)
{
    const size_t elements = task->seeds * DRIFT_WEIGHTS;
    trial run = {0};
    float *start = calloc(elements, sizeof *start);
    float *params = malloc(rate_count * elements * sizeof *params);
    sums *totals = calloc(rate_count * task->seeds, sizeof *totals);
    int code = start && params && totals ? EXIT_OK : complain_memory();
    if (!code)
        code =
            trial_open(&run, task->place, task->engine, preset, rates, rate_count, start, elements);
    if (!code)
        code = follow(task, &run, name, params, totals, results);
    trial_close(&run);
    free(start);
    free(params);
    free(totals);
    return code;
}
