/* Clipping by norms: the norm has the bits of the scalar reference, and a step those of a step
 * without clipping whose gradients the host has clipped. */
#include "fixture.h"

#include "layer_client.h"

#include "reference/block8_step.h"
#include "reference/norm.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One element; parts of a part; a whole part; a leaf and more; two leaves and more. */
static const size_t counts[] = {1, 37, 2048, 65536 + 4099, 2 * 65536 + 31};
enum { TENSORS = sizeof counts / sizeof *counts, STEPS = 3, GROUPS = 2 };

/* A model of two groups: all tensors in the first, and again in the second. */
typedef struct {
    cl_mem param[GROUPS][TENSORS], grad[GROUPS][TENSORS];
    float *g[GROUPS][TENSORS];
    clstep_optimizer *optimizer;
} model;

/* With all bits of fp32, so that squares round. */
static float number_of(size_t seed)
{
    const uint32_t mixed = (uint32_t)seed * 2654435761u;
    const float mantissa = 1 + (float)(mixed >> 9) * 0x1p-23f;
    return ldexpf(mixed & 1 ? -mantissa : mantissa, -(int)(seed % 13));
}

/* The formats of a model, and where its arrays begin in their buffers. */
typedef struct {
    clstep_dtype param, grad;
    clstep_state_storage state;
    size_t offset;
} form;

static cl_mem buffer_of(size_t count, clstep_dtype dtype)
{
    return make_buffer(NULL, count * clstep_dtype_size(dtype) / sizeof(float) + 1);
}

static void make(model *m, clstep_engine *engine, const clstep_rule rules[GROUPS], const form *in)
{
    static clstep_tensor tensors[GROUPS][TENSORS];
    clstep_group groups[GROUPS];
    for (size_t g = 0; g < GROUPS; g++) {
        groups[g] = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rules[g], .tensors = tensors[g],
                                   .tensor_count = TENSORS, .state_storage = in->state};
        for (size_t i = 0; i < TENSORS; i++) {
            m->param[g][i] = buffer_of(counts[i] + in->offset, in->param);
            m->grad[g][i] = buffer_of(counts[i] + in->offset, in->grad);
            m->g[g][i] = malloc(counts[i] * sizeof(float));
            tensors[g][i] = (clstep_tensor){.param = m->param[g][i],
                                            .grad = m->grad[g][i],
                                            .param_offset = in->offset,
                                            .grad_offset = in->offset,
                                            .count = counts[i],
                                            .param_dtype = in->param,
                                            .grad_dtype = in->grad};
        }
    }
    ck_ok(clstep_optimizer_create(&m->optimizer, engine, the.queue, GROUPS, groups, NULL, NULL));
}

static void drop(model *m)
{
    clstep_optimizer_destroy(m->optimizer);
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS; i++) {
            clReleaseMemObject(m->param[g][i]);
            clReleaseMemObject(m->grad[g][i]);
            free(m->g[g][i]);
        }
    }
}

/* Writes a gradient, and rounds `g` to what it is in that format. */
static void write_gradient(cl_mem to, clstep_dtype dtype, size_t offset, float *g, size_t count)
{
    const size_t size = clstep_dtype_size(dtype);
    unsigned char *bytes = malloc(count * size);
    for (size_t k = 0; k < count; k++) {
        clstep__number_to(dtype, (double)g[k], bytes + k * size);
        g[k] = (float)clstep__number_from(dtype, bytes + k * size);
    }
    ck_cl(clEnqueueWriteBuffer(the.queue, to, CL_TRUE, offset * size, count * size, bytes, 0, NULL,
                               NULL));
    free(bytes);
}

static void fill(model *m, const form *in, size_t step, float bad)
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS; i++) {
            for (size_t k = 0; k < counts[i]; k++)
                m->g[g][i][k] = number_of(k + 977 * i + 7919 * g + 31 * step);
            if (bad != 0 && g == 0 && i == 2)
                m->g[g][i][counts[i] - 1] = bad;
            write_gradient(m->grad[g][i], in->grad, in->offset, m->g[g][i], counts[i]);
        }
    }
}

/* The same gradients for a model without clipping, each clipped by its norm. */
static void fill_clipped(model *m, const model *from, size_t offset,
                         const clstep_rule rules[GROUPS], float norms[GROUPS][TENSORS])
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS; i++) {
            for (size_t k = 0; k < counts[i]; k++)
                m->g[g][i][k] =
                    rules[g].clip == CLSTEP_CLIP_NONE
                        ? from->g[g][i][k]
                        : clstep__clip_by_norm(&rules[g], norms[g][i], from->g[g][i][k]);
            write_buffer(m->grad[g][i], offset, m->g[g][i], counts[i]);
        }
    }
}

static void read_params(cl_mem from, const form *in, double *numbers, size_t count)
{
    const size_t size = clstep_dtype_size(in->param);
    unsigned char *bytes = malloc(count * size);
    ck_cl(clEnqueueReadBuffer(the.queue, from, CL_TRUE, in->offset * size, count * size, bytes, 0,
                              NULL, NULL));
    for (size_t k = 0; k < count; k++)
        numbers[k] = clstep__number_from(in->param, bytes + k * size);
    free(bytes);
}

static void expect_equal(const model *a, const model *b, const form *in)
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS; i++) {
            double *p = malloc(counts[i] * sizeof *p), *q = malloc(counts[i] * sizeof *q);
            read_params(a->param[g][i], in, p, counts[i]);
            read_params(b->param[g][i], in, q, counts[i]);
            for (size_t k = 0; k < counts[i]; k++) {
                const int equal =
                    memcmp(&p[k], &q[k], sizeof *p) == 0 || (isnan(p[k]) && isnan(q[k]));
                totals->different += !equal;
                ck_assert_msg(equal, "group %zu, tensor %zu, element %zu: %a instead of %a", g, i,
                              k, p[k], q[k]);
            }
            totals->compared += counts[i];
            free(p);
            free(q);
        }
    }
}

/* The norm of the groups that are clipped by it, without the tensors that a step leaves out. */
static float norm_on_host(const model *m, const clstep_rule rules[GROUPS],
                          const unsigned char *left_out)
{
    clstep__norm norm = {0};
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; rules[g].clip == CLSTEP_CLIP_GLOBAL_NORM && i < TENSORS; i++)
            clstep__norm_add(&norm, left_out[g * TENSORS + i] ? NULL : m->g[g][i], counts[i]);
    }
    return clstep__norm_of(&norm);
}

/* The norm by which each tensor is clipped. */
static void find_norms(const model *m, const clstep_rule rules[GROUPS], float norm,
                       float norms[GROUPS][TENSORS])
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < TENSORS; i++) {
            clstep__norm own = {0};
            clstep__norm_add_own(&own, m->g[g][i], counts[i]);
            norms[g][i] = rules[g].clip == CLSTEP_CLIP_NORM ? clstep__norm_of(&own) : norm;
        }
    }
}

/* By the norm of each tensor if the bound is below 0, not at all if it is 0. */
static clstep_rule clipped_rule(const char *preset, double bound)
{
    clstep_rule rule = preset_rule(preset);
    rule.clip = bound > 0   ? CLSTEP_CLIP_GLOBAL_NORM
                : bound < 0 ? CLSTEP_CLIP_NORM
                            : CLSTEP_CLIP_NONE;
    rule.clip_bound = fabs(bound);
    return rule;
}

static bool has_global_norm(const clstep_rule rules[GROUPS])
{
    return rules[0].clip == CLSTEP_CLIP_GLOBAL_NORM || rules[1].clip == CLSTEP_CLIP_GLOBAL_NORM;
}

static void expect_norm(const model *m, float norm)
{
    clstep_buffer at;
    float found;
    ck_ok(clstep_optimizer_get_norm(m->optimizer, &at));
    read_buffer(at.buffer, at.offset, &found, 1);
    ck_assert_msg(memcmp(&found, &norm, sizeof norm) == 0 || (isnan(found) && isnan(norm)),
                  "the norm is %a instead of %a", (double)found, (double)norm);
}

static clstep_engine *engine_of(uint32_t width, clstep_access access, uint32_t group,
                                uint32_t chunk)
{
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    clstep_engine *engine;
    options.vector_width = width;
    options.access = access;
    options.work_group_size = group;
    options.chunk_elements = chunk;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, &options));
    return engine;
}

/* A step whose launch number `failing`, if it is not 0, is refused once. */
static void step_in_pieces(clstep_optimizer *optimizer, const clstep_step_options *options,
                           unsigned long failing)
{
    if (failing > 0) {
        layer_fail(LAYER_KERNEL_LAUNCHES, failing, CL_OUT_OF_RESOURCES, 0);
        ck_refused(clstep_optimizer_step(optimizer, the.queue, options, 0, NULL, NULL),
                   failing > 1 ? CLSTEP_INCOMPLETE : CLSTEP_OPENCL_FAILED, "");
        layer_fail(LAYER_KERNEL_LAUNCHES, 0, 0, 0);
    }
    ck_ok(clstep_optimizer_step(optimizer, the.queue, options, 0, NULL, NULL));
}

/* Steps with clipping on `engine` beside steps without it on the usual engine. */
static void compare(clstep_engine *engine, const clstep_rule rules[GROUPS], const form *in,
                    float bad, unsigned long failing)
{
    form plain_form = *in;
    static model with, without;
    clstep_rule plain[GROUPS];
    for (size_t g = 0; g < GROUPS; g++) {
        plain[g] = rules[g];
        plain[g].clip = CLSTEP_CLIP_NONE;
        plain[g].clip_bound = 0;
    }
    plain_form.grad = CLSTEP_DTYPE_FLOAT32;
    make(&with, engine, rules, in);
    make(&without, the.engine, plain, &plain_form);
    for (size_t step = 0; step < STEPS; step++) {
        unsigned char left_out[GROUPS * TENSORS] = {0};
        clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
        options.leave_out = left_out;
        options.leave_out_count = sizeof left_out;
        left_out[step] = left_out[TENSORS + 4 - step] = step > 0;
        fill(&with, in, step, step == 1 ? bad : 0);
        const float norm = norm_on_host(&with, rules, left_out);
        float norms[GROUPS][TENSORS];
        find_norms(&with, rules, norm, norms);
        fill_clipped(&without, &with, in->offset, rules, norms);
        step_in_pieces(with.optimizer, &options, failing);
        ck_ok(clstep_optimizer_step(without.optimizer, the.queue, &options, 0, NULL, NULL));
        ck_ok(clstep_optimizer_finish(with.optimizer));
        ck_ok(clstep_optimizer_finish(without.optimizer));
        if (has_global_norm(rules))
            expect_norm(&with, norm);
        expect_equal(&with, &without, in);
    }
    totals->cases++;
    drop(&with);
    drop(&without);
}

/* fp32; bf16 throughout, whose kernels take two vectors at a time; 8-bit state; the other dtypes;
 * and arrays that no vector is aligned with. */
static const form forms[] = {
    {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, 0},
    {CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_BFLOAT16, 0},
    {CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_8BIT, 5},
    {CLSTEP_DTYPE_FLOAT16, CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_FULL, 0},
    {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT64, CLSTEP_STATE_FULL, 0},
    {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL, 3},
};
enum { FORMS = sizeof forms / sizeof *forms };

static const struct {
    uint32_t width;
    clstep_access access;
    uint32_t group, chunk;
} launches[] = {{16, CLSTEP_ACCESS_UNALIGNED, 1, 16384},
                {1, CLSTEP_ACCESS_ALIGNED, 32, 1024},
                {4, CLSTEP_ACCESS_ALIGNED, 64, 4096},
                {8, CLSTEP_ACCESS_UNALIGNED, 4, 1008},
                {16, CLSTEP_ACCESS_ALIGNED, 7, 2048}};
enum { LAUNCHES = sizeof launches / sizeof *launches };

START_TEST(any_launch)
{
    const clstep_rule torch[GROUPS] = {clipped_rule("torch", 0.5), clipped_rule("torch", 3)};
    const clstep_rule keras[GROUPS] = {clipped_rule("keras", -0.5), clipped_rule("keras", 3)};
    clstep_engine *engine =
        engine_of(launches[_i].width, launches[_i].access, launches[_i].group, launches[_i].chunk);
    for (size_t i = 0; i < FORMS; i++)
        compare(engine, torch, &forms[i], 0, 0);
    compare(engine, keras, &forms[_i % FORMS], 0, 0);
    clstep_engine_destroy(engine);
}
END_TEST

/* Of different rules, of which one may not be clipped; with bounds that reach nothing, too. Keras
 * then multiplies by c (1/c): for 440.98 this is above 1 if 1/c is computed in double, and below 1
 * in fp32. */
static const struct {
    const char *presets[GROUPS];
    double bounds[GROUPS];
} rows[] = {{{"torch", "keras"}, {0.4, -0.3}}, /* the first two stand for the others */
            {{"keras", "tf"}, {440.98, 440.98}},    {{"adam", "torch"}, {-2, 0.5}},
            {{"torch", "torch"}, {0.1, 0}},         {{"hinton", "adam"}, {0, 2}},
            {{"adam", "sgd"}, {1e9, 1e-9}},         {{"keras", "lion"}, {7, 0.3}},
            {{"torch", "torch"}, {-0.1, 0}},        {{"hinton", "hinton"}, {0.2, -1e-3}},
            {{"keras-torch", "torch"}, {0.1, 0.7}}, {{"tf1", "keras-torch"}, {-0.1, -440.98}},
            {{"mlx", "keras"}, {-3, 0.21}}};
enum { ROWS = sizeof rows / sizeof *rows };

START_TEST(any_rule)
{
    const clstep_rule rules[GROUPS] = {clipped_rule(rows[_i].presets[0], rows[_i].bounds[0]),
                                       clipped_rule(rows[_i].presets[1], rows[_i].bounds[1])};
    compare(the.engine, rules, &forms[0], 0, 0);
}
END_TEST

START_TEST(not_finite)
{
    static const float bad[] = {INFINITY, -INFINITY, NAN, 1e30f};
    const clstep_rule rules[][GROUPS] = {{clipped_rule("torch", 0.5), clipped_rule("adam", -0.5)},
                                         {clipped_rule("keras", 0.5), clipped_rule("tf", -0.5)},
                                         {clipped_rule("keras", -0.5), clipped_rule("tf", 0.5)}};
    compare(the.engine, rules[_i / 4], &forms[0], bad[_i % 4], 0);
}
END_TEST

/* The upload of chunks, the norms, the factors and the updates are refused in turn. */
START_TEST(refused_launches)
{
    layer_open();
    const clstep_rule rules[GROUPS] = {clipped_rule("adam", 0.5), clipped_rule("torch", -0.5)};
    compare(the.engine, rules, &forms[0], 0, (unsigned long)_i);
}
END_TEST

Suite *clip_suite(void)
{
    Suite *suite = suite_create("clip");
    TCase *tests = tcase_create("clip");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    const int is_quick = getenv("CLSTEP_QUICK") != NULL; /* each takes five seconds */
    tcase_add_loop_test(tests, any_launch, 0, is_quick ? 1 : LAUNCHES);
    tcase_add_loop_test(tests, any_rule, 0, is_quick ? 2 : ROWS);
    tcase_add_loop_test(tests, not_finite, 0, is_quick ? 1 : 12);
    tcase_add_loop_test(tests, refused_launches, 1, is_quick ? 2 : 7);
    suite_add_tcase(suite, tests);
    return suite;
}
