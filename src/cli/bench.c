#include "cli/bench_measure.h"
#include "cli/bench_options.h"
#include "cli/command.h"
#include "cli/yardstick.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A row of the table. */
typedef struct {
    const char *name;
    const char *preset;
    double momentum;
    int32_t centered;
} contest;

static const contest contests[] = {
    {"rmsprop", "hinton", 0, 0},
    {"rmsprop momentum", "hinton", 0.9, 0},
    {"rmsprop centred", "hinton", 0, 1},
    {"rmsprop both", "hinton", 0.9, 1},
    {"sgd", "sgd", 0, 0},
    {"adagrad", "adagrad", 0, 0},
    {"adam", "adam", 0, 0},
};

/* What a row needs. */
typedef struct {
    const bench_options *of;
    const workplace *place;
    clstep_engine *engine;
    cl_mem arrays[YARDSTICK_ARRAYS_MAX]; /* parameter, gradient (ours), state (borrowed) */
    size_t array_count;
} bench;

/* ---- the arrays */

enum { BLOCK = 1 << 20 };

/* Numbers in (-1, 1) that repeat after BLOCK: memory that compresses constants gains nothing. */
static int fill(const bench *b, cl_mem buffer)
{
    float *block = malloc(BLOCK * sizeof *block);
    if (!block)
        return complain(EXIT_FAILED, "out of memory");
    uint32_t random = 2012;
    for (size_t i = 0; i < BLOCK; i++) {
        random = random * 1664525u + 1013904223u;
        block[i] = (float)(random >> 8) / 8388608.0f - 1.0f;
    }
    cl_int code = CL_SUCCESS;
    for (size_t done = 0; code == CL_SUCCESS && done < b->of->elements; done += BLOCK) {
        const size_t left = b->of->elements - done;
        code = clEnqueueWriteBuffer(b->place->queue, buffer, CL_TRUE, done * sizeof *block,
                                    (left < BLOCK ? left : BLOCK) * sizeof *block, block, 0, NULL,
                                    NULL);
    }
    free(block);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueWriteBuffer", code);
}

static int create_arrays(bench *b)
{
    for (b->array_count = 0; b->array_count < 2; b->array_count++) {
        cl_int code;
        cl_mem made = clCreateBuffer(b->place->context, CL_MEM_READ_WRITE,
                                     b->of->elements * sizeof(cl_float), NULL, &code);
        if (!made)
            return complain_cl("clCreateBuffer", code);
        b->arrays[b->array_count] = made;
        int filled = fill(b, made);
        if (filled != EXIT_OK)
            return filled;
    }
    return EXIT_OK;
}

static void release_arrays(bench *b)
{
    for (size_t i = 0; i < 2; i++) {
        if (b->arrays[i])
            clReleaseMemObject(b->arrays[i]);
        b->arrays[i] = NULL;
    }
}

/* The yardstick takes the state's buffers as they are; where the library has put the state of one
 * large model into several, or not at the begin of one, that would compare different things. */
static int add_states(bench *b, const clstep_optimizer *optimizer, const clstep_rule *rule)
{
    for (const char *name; (name = clstep_rule_state_name(rule, b->array_count - 2));) {
        uint64_t offset;
        size_t size = 0;
        cl_mem *buffer = &b->arrays[b->array_count++];
        clstep_status status = clstep_optimizer_state(optimizer, 0, 0, name, buffer, &offset);
        if (status != CLSTEP_OK)
            return complain_status(status);
        cl_int code = clGetMemObjectInfo(*buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
        if (code != CL_SUCCESS)
            return complain_cl("clGetMemObjectInfo", code);
        if (offset != 0 || size < b->of->elements * sizeof(cl_float))
            return complain(EXIT_FAILED, "the state does not fit one buffer of this device; take "
                                         "fewer --elements");
    }
    return EXIT_OK;
}

/* ---- a row */

static int create_optimizer(const bench *b, const clstep_rule *rule, clstep_optimizer **optimizer)
{
    const bench_options *of = b->of;
    clstep_tensor *tensors = calloc(of->tensors, sizeof *tensors);
    if (!tensors)
        return complain(EXIT_FAILED, "out of memory");
    const size_t each = of->elements / of->tensors;
    for (size_t i = 0; i < of->tensors; i++) {
        const size_t begin = each * i;
        tensors[i] = (clstep_tensor){.param = b->arrays[0],
                                     .grad = b->arrays[1],
                                     .param_offset = begin,
                                     .grad_offset = begin,
                                     .count = i + 1 == of->tensors ? of->elements - begin : each};
    }
    const clstep_group group = {.rule = rule, .tensors = tensors, .tensor_count = of->tensors};
    clstep_status status =
        clstep_optimizer_create(optimizer, b->engine, b->place->queue, 1, &group, NULL, NULL);
    free(tensors);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

/* An update of NaN would not be one. */
static int check_finite(const bench *b)
{
    float sample[4096];
    cl_int code = clEnqueueReadBuffer(b->place->queue, b->arrays[0], CL_TRUE, 0, sizeof sample,
                                      sample, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return complain_cl("clEnqueueReadBuffer", code);
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        if (!isfinite(sample[i]))
            return complain(EXIT_FAILED, "the parameters are not finite after the update");
    }
    return EXIT_OK;
}

static void print_row(const bench *b, const contest *who, const bench_result *result)
{
    const bench_options *of = b->of;
    const size_t bytes = (2 * b->array_count - 1) * sizeof(cl_float);
    const double gigabytes = (double)of->elements * (double)bytes * 1e-9;
    if (of->json)
        printf("{\"rule\": \"%s\", \"elements\": %zu, \"tensors\": %zu, \"rounds\": %zu, "
               "\"bytes_per_element\": %zu, \"yardstick\": \"%s\", \"limit_gb_s\": %.2f, "
               "\"update_gb_s\": %.2f, \"share_median\": %.4f, \"share_low\": %.4f, "
               "\"share_high\": %.4f}\n",
               who->name, of->elements, of->tensors, of->repeats, bytes,
               yardstick_form_name(result->form), gigabytes / result->limit,
               gigabytes / result->update, result->share, result->share_low, result->share_high);
    else
        printf("%-17s %6zu %9.1f %9.1f %9.3f %8.2f-%.2f\n", who->name, bytes,
               gigabytes / result->limit, gigabytes / result->update, result->share,
               result->share_low, result->share_high);
    fflush(stdout);
}

static int measure_row(bench *b, const contest *who, const clstep_rule *rule,
                       clstep_optimizer *optimizer)
{
    int code = add_states(b, optimizer, rule);
    if (code != EXIT_OK)
        return code;
    yardstick stick;
    code = yardstick_open(&stick, b->place, b->arrays, b->array_count, b->of->elements);
    if (code != EXIT_OK)
        return code;
    bench_result result;
    code = bench_measure(b->of, b->place, optimizer, &stick, &result);
    yardstick_close(&stick);
    if (code == EXIT_OK)
        code = check_finite(b);
    if (code == EXIT_OK)
        print_row(b, who, &result);
    return code;
}

static int run_contest(bench *b, const contest *who)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&rule, who->preset);
    if (status != CLSTEP_OK)
        return complain_status(status);
    rule.momentum = who->momentum > 0 ? who->momentum : rule.momentum;
    rule.centered = who->centered ? 1 : rule.centered;
    clstep_optimizer *optimizer = NULL;
    int code = create_arrays(b);
    if (code == EXIT_OK)
        code = create_optimizer(b, &rule, &optimizer);
    if (code == EXIT_OK)
        code = measure_row(b, who, &rule, optimizer);
    clstep_optimizer_destroy(optimizer);
    release_arrays(b);
    return code;
}

/* ---- the table */

static int print_heading(const bench_options *of, const workplace *place)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(place->device, &info);
    if (status != CLSTEP_OK)
        return complain_status(status);
    if (of->elements * sizeof(cl_float) > info.max_allocation)
        return complain(EXIT_FAILED,
                        "--elements %zu needs buffers of %.1f GiB; this device's "
                        "largest is %.1f GiB",
                        of->elements, (double)of->elements * 4 / 1073741824.0,
                        (double)info.max_allocation / 1073741824.0);
    if (of->json)
        return EXIT_OK;
    printf("%s %s\n%zu elements in %zu tensor%s, %zu rounds\n\n", info.platform_name, info.name,
           of->elements, of->tensors, of->tensors == 1 ? "" : "s", of->repeats);
    printf("%-17s %6s %9s %9s %9s\n", "", "bytes/", "limit", "update", "share of");
    printf("%-17s %6s %9s %9s %9s %13s\n", "rule", "elem.", "GB/s", "GB/s", "limit", "quartiles");
    return EXIT_OK;
}

static int run_all(bench *b)
{
    if (b->of->preset)
        return run_contest(b, &(contest){b->of->preset, b->of->preset, 0, 0});
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++) {
        int code = run_contest(b, &contests[i]);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

int command_bench(int argc, char **argv)
{
    bench_options of;
    int code = bench_options_parse(argc, argv, &of);
    if (code != EXIT_OK || of.help)
        return code;
    workplace place;
    code = workplace_open(&place, of.device);
    if (code != EXIT_OK)
        return code;
    bench b = {.of = &of, .place = &place};
    clstep_status status = clstep_engine_create(&b.engine, place.context, place.device, NULL);
    code = status == CLSTEP_OK ? print_heading(&of, &place) : complain_status(status);
    if (code == EXIT_OK)
        code = run_all(&b);
    clstep_engine_destroy(b.engine);
    workplace_close(&place);
    return code;
}
