/* Launches of many groups and many buffers in every format. Kernels with 8 or 32 buffers or with
 * pointers must find each tensor's own buffers, and the step constants of its group. */
#include "mixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 2 };

static const struct {
    const char *name;
    int32_t param, grad, state, storage;
} formats[] = {
    {"fp64", CLSTEP_DTYPE_FLOAT64, CLSTEP_DTYPE_FLOAT32, 0, 0},
    {"bf16, 8-bit state", CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8,
     CLSTEP_PARAM_STOCHASTIC},
    {"fp16 and the rest, bf16 state", CLSTEP_DTYPE_FLOAT16, CLSTEP_DTYPE_FLOAT16,
     CLSTEP_DTYPE_BFLOAT16, CLSTEP_PARAM_RESIDUAL},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* As many as the kernel can serve in one launch, fewer buffers, and more. No other kernel could do
 * with so few launches, which shows that it was this one. A launch serves any number of groups. */
static const struct {
    const char *name;
    size_t buffers, groups, launches;
    int is_many_buffers;
    int is_shared;
} spreads[] = {
    {"8 buffers", 8, 16, 1, 0, 0},
    {"12 buffers", 12, 20, 1, 1, 0},
    {"32 buffers", 32, 33, 1, 1, 0},
    {"40 buffers", 40, 40, 3, 1, 0},
    {"40 buffers in shared memory", 40, 40, 1, 0, 1},
};
enum { SPREADS = sizeof spreads / sizeof *spreads };

static void set_format(mixture *m, int format)
{
    m->param_dtype = formats[format].param;
    m->grad_dtype = formats[format].grad;
    m->state_storage = formats[format].state;
    m->param_storage = formats[format].storage;
}

/* Twice as many tensors as buffers, so that all slots of both kinds are used and tensors of one
 * buffer have gradients in two. */
static void spread(mixture *m, int how)
{
    static const size_t sizes[] = {129, 17, 400, 1, 64, 257, 33};
    m->buffer_count = spreads[how].buffers;
    m->group_count = spreads[how].groups;
    m->tensor_count = 2 * m->buffer_count;
    for (size_t i = 0; i < m->tensor_count; i++)
        m->tensors[i].count = sizes[i % (sizeof sizes / sizeof *sizes)];
}

static void check(int format, int how)
{
    clstep_rule rule = preset_rule("hinton");
    rule.lr = 0.01;
    rule.momentum = 0.9;
    rule.weight_decay = 0.01;
    static mixture m;
    mixture_standard(&m, "", &rule);
    snprintf(m.name, sizeof m.name, "%s, %s", formats[format].name, spreads[how].name);
    set_format(&m, format);
    m.is_shared = spreads[how].is_shared;
    spread(&m, how);
    if (!mixture_exists(&m) || (m.is_shared && !shared_memory_exists()))
        return;
    mixture_open(&m);
    ck_assert_uint_eq(clstep_optimizer_launches(m.optimizer), spreads[how].launches);
    for (int s = 0; s < STEPS; s++)
        mixture_step(&m);
    mixture_close(&m);
}

/* Each format has three kernels to build, and one or two of them where it must be quick. */
START_TEST(formats_in_many)
{
    for (int how = 0; how < SPREADS; how++) {
        if (!getenv("CLSTEP_QUICK") || spreads[how].is_many_buffers == (_i % 2 == 0))
            check(_i, how);
    }
}
END_TEST

/* Tensors side by side, which chunks span: whole blocks, and some that are not, behind which the
 * state begins a new one. */
START_TEST(neighbours)
{
    static const size_t sizes[] = {128, 256, 128, 77, 51, 384, 16, 112, 1024, 128, 1, 255, 128};
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    static mixture m;
    mixture_standard(&m, "neighbours", &rule);
    set_format(&m, _i);
    m.is_dense = 1;
    m.buffer_count = 1;
    m.tensor_count = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < m.tensor_count; i++)
        m.tensors[i].count = sizes[i];
    if (!mixture_exists(&m))
        return;
    mixture_open(&m);
    for (int s = 0; s < STEPS; s++)
        mixture_step(&m);
    mixture_close(&m);
}
END_TEST

Suite *many_suite(void)
{
    Suite *suite = suite_create("many");
    TCase *tests = tcase_create("many");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, formats_in_many, 0, FORMATS);
    tcase_add_loop_test(tests, neighbours, 0, FORMATS);
    suite_add_tcase(suite, tests);
    return suite;
}
