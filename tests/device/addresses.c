/* Launches with pointers, for buffers in shared virtual memory: when the library uses them, and
 * what they must not change. many.c compares their bits. */
#include "layer_client.h"
#include "shared.h"

#include <string.h>

enum { COUNT = 40, ELEMENTS = 50 };

/* Gradients' buffers are larger, for layer_private() to tell them apart. */
enum { PARAM_BYTES = ELEMENTS * sizeof(float), GRAD_BYTES = PARAM_BYTES + 64 };

typedef struct {
    shared_buffers shared_params, shared_grads;
    cl_mem params[COUNT], grads[COUNT];
    clstep_tensor tensors[COUNT];
    clstep_rule rule;
    clstep_group group;
} model;

/* 40 tensors, each with buffers of its own, which may be parts of one: one launch by addresses, or
 * two of 32 buffers. */
static int describe(model *m, int in_one)
{
    if (!shared_memory_exists())
        return 0;
    shared_open(&m->shared_params, in_one, COUNT, PARAM_BYTES, m->params);
    shared_open(&m->shared_grads, in_one, COUNT, GRAD_BYTES, m->grads);
    m->rule = preset_rule("hinton");
    for (size_t i = 0; i < COUNT; i++) {
        m->tensors[i] =
            (clstep_tensor){.param = m->params[i], .grad = m->grads[i], .count = ELEMENTS};
        write_buffer(m->params[i], 0, (const float[ELEMENTS]){0}, ELEMENTS);
        write_buffer(m->grads[i], 0, (const float[ELEMENTS]){1}, ELEMENTS);
    }
    m->group = (clstep_group){CLSTEP_GROUP_SIZES, .rule = &m->rule, .tensors = m->tensors,
                              .tensor_count = COUNT};
    return 1;
}

static void expect_launches(model *m, size_t launches)
{
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &m->group, NULL, NULL));
    ck_assert_uint_eq(clstep_optimizer_launches(optimizer), launches);
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        float p[ELEMENTS];
        read_buffer(m->tensors[i].param, 0, p, ELEMENTS);
        ck_assert(p[0] < 0 && p[1] == 0);
        write_buffer(m->tensors[i].param, 0, (const float[ELEMENTS]){0}, ELEMENTS);
    }
    clstep_optimizer_destroy(optimizer);
}

static void finish(model *m)
{
    shared_close(&m->shared_params, COUNT, m->params);
    shared_close(&m->shared_grads, COUNT, m->grads);
}

/* One buffer that is not in shared memory, and all goes by arguments. */
START_TEST(only_where_all_are_shared)
{
    model m;
    if (!describe(&m, 0))
        return;
    expect_launches(&m, 1);
    const cl_mem plain = make_buffer(NULL, ELEMENTS);
    write_buffer(plain, 0, (const float[ELEMENTS]){1}, ELEMENTS);
    m.tensors[COUNT / 2].grad = plain;
    expect_launches(&m, 2);
    clReleaseMemObject(plain);
    finish(&m);
}
END_TEST

/* Whether the driver itself, and with it the engine that was made before, has such: PoCL 6.0. */
static int knows_private_addresses(void)
{
    static char text[65536];
    ck_cl(clGetDeviceInfo(the.device, CL_DEVICE_EXTENSIONS, sizeof text, text, NULL));
    return strstr(text, "cl_ext_buffer_device_address") != NULL;
}

/* Of buffers that have addresses of their own, beside ones in shared memory. */
START_TEST(private_addresses)
{
    layer_open();
    model m;
    if (!describe(&m, 0))
        return;
    clstep_engine *kept = the.engine;
    for (int i = 0; i < 2; i++) {
        layer_private(i ? PARAM_BYTES : GRAD_BYTES);
        ck_ok(clstep_engine_create(&the.engine, the.context, the.device, NULL));
        const unsigned long told = layer_count(LAYER_ADDRESSES);
        expect_launches(&m, 1);
        ck_assert_uint_eq(layer_count(LAYER_ADDRESSES), told + 2); /* a list of each kind */
        clstep_engine_destroy(the.engine);
    }
    the.engine = kept;
    layer_private(0);
    const int knows = knows_private_addresses();
    layer_private(GRAD_BYTES);
    expect_launches(&m, knows ? 1 : 2);
    layer_private(0);
    finish(&m);
}
END_TEST

static size_t bytes_of(cl_mem buffer)
{
    size_t bytes = 0;
    ck_cl(clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof bytes, &bytes, NULL));
    return bytes;
}

/* Parts of a buffer with an address lie as far behind that as in the buffer. */
START_TEST(parts_of_private_buffers)
{
    layer_open();
    model m;
    if (!describe(&m, 1))
        return;
    clstep_engine *kept = the.engine;
    layer_private(bytes_of(m.shared_params.whole));
    ck_ok(clstep_engine_create(&the.engine, the.context, the.device, NULL));
    expect_launches(&m, 1);
    clstep_engine_destroy(the.engine);
    the.engine = kept;
    layer_private(0);
    finish(&m);
}
END_TEST

START_TEST(a_driver_that_refuses)
{
    layer_open();
    model m;
    if (!describe(&m, 0))
        return;
    long live[2];
    for (int i = 0; i < 2; i++) { /* the engine keeps the programs of the first time */
        layer_fail(LAYER_ADDRESSES, 1, CL_INVALID_OPERATION, 0);
        expect_launches(&m, 2);
        ck_assert_uint_eq(layer_fail(-1, 0, 0, 0), 1);
        live[i] = layer_live();
    }
    ck_assert_int_eq(live[1], live[0]);
    finish(&m);
}
END_TEST

/* The buffers of a tensor without elements are not looked at, whatever they are. */
START_TEST(nothing_is_not_looked_at)
{
    static char nothing[64];
    const cl_mem buffers[2] = {make_buffer(NULL, ELEMENTS), make_buffer(NULL, ELEMENTS)};
    clstep_rule rule = preset_rule("hinton");
    const clstep_tensor tensors[] = {
        {.param = (cl_mem)nothing, .grad = (cl_mem)nothing},
        {.param = buffers[0], .grad = buffers[1], .count = ELEMENTS},
        {.param = (cl_mem)nothing, .grad = buffers[1]},
    };
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = 3};
    clstep_optimizer *optimizer;
    ck_ok(clstep_engine_prepare(the.engine, 1, &group));
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    ck_ok(clstep_optimizer_step(optimizer, the.queue, NULL, 0, NULL, NULL));
    ck_cl(clFinish(the.queue));
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(buffers[0]);
    clReleaseMemObject(buffers[1]);
}
END_TEST

/* For tensors that have no buffers yet, too. */
START_TEST(prepared_is_not_compiled)
{
    model m;
    if (!describe(&m, 0))
        return;
    for (size_t i = 0; i < COUNT; i++)
        m.tensors[i].param = m.tensors[i].grad = NULL;
    ck_ok(clstep_engine_prepare(the.engine, 1, &m.group));
    clstep_engine_counts before = CLSTEP_ENGINE_COUNTS_INIT, after = CLSTEP_ENGINE_COUNTS_INIT;
    ck_ok(clstep_engine_get_counts(the.engine, &before));
    for (size_t i = 0; i < COUNT; i++) {
        m.tensors[i].param = m.params[i];
        m.tensors[i].grad = m.grads[i];
    }
    expect_launches(&m, 1);
    ck_ok(clstep_engine_get_counts(the.engine, &after));
    ck_assert_uint_eq(after.compiled, before.compiled);
    finish(&m);
}
END_TEST

Suite *addresses_suite(void)
{
    Suite *suite = suite_create("addresses");
    TCase *tests = tcase_create("addresses");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, only_where_all_are_shared);
    tcase_add_test(tests, private_addresses);
    tcase_add_test(tests, parts_of_private_buffers);
    tcase_add_test(tests, a_driver_that_refuses);
    tcase_add_test(tests, nothing_is_not_looked_at);
    tcase_add_test(tests, prepared_is_not_compiled);
    suite_add_tcase(suite, tests);
    return suite;
}
