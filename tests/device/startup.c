/* Start-up: the library compiles only what is used, and does not compile again what is prepared. */
#include "allocation.h"
#include "layer_client.h"
#include "prepared.h"
#include "shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MAX = 200 };

START_TEST(prepared_is_not_compiled)
{
    layer_open();
    static trial t;
    prepared_describe(&t);
    const unsigned programs =
        _i ? PREPARED_PROGRAMS : PREPARED_WITHOUT_BUFFERS + (shared_memory_exists() ? 1 : 0);
    /* Each program of the first launch's family uploads, too. */
    const unsigned uploads = _i ? 2 : 3 + (shared_memory_exists() ? 1 : 0);
    clstep_engine *engine = prepared_engine();
    ck_assert_uint_eq(prepared_counts(engine).compiled, 0);
    const unsigned long launches = layer_count(LAYER_KERNEL_LAUNCHES);
    prepared_prepare(_i, engine);
    /* PoCL makes machine code at the first launch; the optimizer that has the buffers has uploaded
     * nothing for the same reason */
    ck_assert_uint_eq(layer_count(LAYER_KERNEL_LAUNCHES) - launches,
                      programs + uploads + (_i != 0));
    /* without buffers it cannot know which are needed */
    ck_assert_uint_eq(prepared_counts(engine).compiled, programs);
    prepared_step(engine);
    prepared_prepare(_i, engine); /* and nothing is compiled twice */
    ck_assert_uint_eq(prepared_counts(engine).compiled, programs);
    clstep_engine_destroy(engine);
}
END_TEST

START_TEST(compiles_what_is_used)
{
    static trial t;
    prepared_describe(&t);
    t.engine = prepared_engine();
    ck_assert_uint_eq(prepared_counts(t.engine).compiled, 0);
    trial_open(&t);
    ck_assert_uint_eq(prepared_counts(t.engine).compiled, PREPARED_PROGRAMS);
    trial_step(&t);
    ck_assert_uint_eq(prepared_counts(t.engine).compiled, PREPARED_PROGRAMS);
    trial_close(&t);
    clstep_engine_destroy(t.engine);
}
END_TEST

typedef struct {
    clstep_engine *engine;
    const prepared_groups *groups;
    clstep_status status;
} errand;

static void *prepare_there(void *data)
{
    errand *of = data;
    of->status = clstep_engine_prepare(of->engine, PREPARED_GROUPS, of->groups->groups);
    return NULL;
}

/* While another thread prepares, an optimizer is created and stepped. */
START_TEST(prepares_on_another_thread)
{
    static trial t;
    prepared_describe(&t);
    trial_open(&t); /* on the engine of the fixture, for buffers */
    prepared_groups groups;
    prepared_copy(&t, 1, &groups);
    errand there = {.engine = prepared_engine(), .groups = &groups};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, prepare_there, &there), 0);
    static trial here;
    prepared_describe(&here);
    here.engine = there.engine;
    trial_open(&here);
    trial_step(&here);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(there.status, CLSTEP_OK);
    ck_assert_uint_eq(prepared_counts(there.engine).compiled, PREPARED_PROGRAMS);
    trial_close(&here);
    trial_close(&t);
    clstep_engine_destroy(there.engine);
}
END_TEST

START_TEST(prepare_refuses)
{
    const clstep_rule rule = preset_rule("torch");
    clstep_rule wrong = rule;
    wrong.rho = -1;
    cl_mem buffer = make_buffer(NULL, 16);
    clstep_tensor tensor = {.grad = buffer, .count = 4};
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor, .tensor_count = 1};
    ck_refused(clstep_engine_prepare(NULL, 1, &group), CLSTEP_INVALID_ARGUMENT, "engine is NULL");
    ck_refused(clstep_engine_prepare(the.engine, 1, NULL), CLSTEP_INVALID_ARGUMENT,
               "groups is NULL although group_count is 1");
    ck_refused(clstep_engine_prepare(the.engine, 1, &group), CLSTEP_INVALID_ARGUMENT,
               "groups[0].tensors[0].param is NULL");
    ck_assert_str_eq(clstep_last_error()->call, "clstep_engine_prepare");
    tensor.grad = NULL;
    tensor.param_dtype = 99;
    ck_refused(clstep_engine_prepare(the.engine, 1, &group), CLSTEP_INVALID_ARGUMENT,
               "param_dtype");
    tensor.param_dtype = 0;
    group.rule = &wrong;
    ck_refused(clstep_engine_prepare(the.engine, 1, &group), CLSTEP_INVALID_ARGUMENT, "rho");
    ck_ok(clstep_engine_prepare(the.engine, 0, NULL));
    clReleaseMemObject(buffer);
}
END_TEST

static void prepare_with_faults(int memory)
{
    static trial t;
    prepared_groups groups;
    prepared_describe(&t);
    prepared_copy(&t, 0, &groups);
    const long live = layer_live();
    unsigned long place = 1;
    for (clstep_status status = CLSTEP_INVALID_ARGUMENT; status != CLSTEP_OK; place++) {
        ck_assert_uint_lt(place, PLACES_MAX);
        clstep_engine *engine = prepared_engine();
        if (memory)
            allocation_fail(place);
        else
            layer_fail(-1, place, CL_OUT_OF_RESOURCES, 0);
        status = clstep_engine_prepare(engine, 1, groups.groups);
        allocation_fail(0);
        layer_fail(-1, 0, 0, 0);
        ck_assert(status == CLSTEP_OK ||
                  (memory ? status == CLSTEP_OUT_OF_MEMORY
                          : status == CLSTEP_OPENCL_FAILED || status == CLSTEP_BUILD_FAILED));
        if (status == CLSTEP_OUT_OF_MEMORY)
            ck_assert_str_eq(clstep_last_error()->call, "clstep_engine_prepare");
        ck_ok(clstep_engine_prepare(engine, 1, groups.groups));
        clstep_engine_destroy(engine);
        ck_assert_int_eq(layer_live(), live);
    }
    ck_assert_uint_gt(place, 10);
}

START_TEST(prepare_fails)
{
    layer_open();
    prepare_with_faults(_i);
}
END_TEST

Suite *startup_suite(void)
{
    Suite *suite = suite_create("startup");
    TCase *tests = tcase_create("startup");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, prepared_is_not_compiled, 0, 2);
    tcase_add_test(tests, compiles_what_is_used);
    if (!getenv("CLSTEP_LAYER_FOR_OCLGRIND")) /* which crashes when two threads call it */
        tcase_add_test(tests, prepares_on_another_thread);
    tcase_add_test(tests, prepare_refuses);
    tcase_add_loop_test(tests, prepare_fails, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
