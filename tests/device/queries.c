/* Queries that a driver fails to answer. The message names the query; such a failure never looks
 * like a missing feature or a blob of another identity. And every other OpenCL call of an
 * optimizer's life, queries and releases too, fails at every place. */
#include "layer_client.h"
#include "prepared.h"

#include <clstep/store.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MAX = 4000 }; /* for loops that would not end: a life makes some 2,000 calls */

/* Fails the call of a place from now on. */
static void fail_at(int kind, unsigned long place)
{
    layer_fail(kind, place, CL_OUT_OF_RESOURCES, 0);
}

/* Ends that; says whether it was reached. */
static int was_reached(unsigned long place)
{
    return layer_fail(LAYER_ALL, 0, 0, 0) >= place;
}

static void check_told(clstep_status status)
{
    if (status == CLSTEP_OK)
        return;
    ck_assert_msg(status == CLSTEP_OPENCL_FAILED, "%s: %s", clstep_status_name(status),
                  clstep_last_error()->message);
    ck_assert_int_eq(clstep_last_error()->cl_code, CL_OUT_OF_RESOURCES);
}

/* Each of these is asked when an engine is made. */
static const struct {
    cl_uint what;
    const char *name;
} asked[] = {
    {CL_DEVICE_VERSION, "CL_DEVICE_VERSION"},
    {CL_DEVICE_NAME, "CL_DEVICE_NAME"},
    {CL_PLATFORM_NAME, "CL_PLATFORM_NAME"},
    {CL_DEVICE_EXTENSIONS, "CL_DEVICE_EXTENSIONS"},
    {CL_DEVICE_DOUBLE_FP_CONFIG, "CL_DEVICE_DOUBLE_FP_CONFIG"},
    {CL_DEVICE_SINGLE_FP_CONFIG, "CL_DEVICE_SINGLE_FP_CONFIG"},
    {CL_DEVICE_COMPILER_AVAILABLE, "CL_DEVICE_COMPILER_AVAILABLE"},
    {CL_DEVICE_MAX_MEM_ALLOC_SIZE, "CL_DEVICE_MAX_MEM_ALLOC_SIZE"},
    {CL_DEVICE_MAX_WORK_GROUP_SIZE, "CL_DEVICE_MAX_WORK_GROUP_SIZE"},
    {CL_DEVICE_LOCAL_MEM_SIZE, "CL_DEVICE_LOCAL_MEM_SIZE"},
};

START_TEST(codes_have_names)
{
    ck_assert_str_eq(clstep_cl_code_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
    ck_assert_str_eq(clstep_cl_code_name(-99999), "an unknown OpenCL code");
}
END_TEST

START_TEST(engine_tells_which_question_failed)
{
    layer_open();
    char extensions[4096] = "";
    clGetDeviceInfo(the.device, CL_DEVICE_EXTENSIONS, sizeof extensions - 1, extensions, NULL);
    if (asked[_i].what == CL_DEVICE_DOUBLE_FP_CONFIG && !strstr(extensions, "cl_khr_fp64"))
        return;
    clstep_engine *engine;
    layer_fail_query(asked[_i].what);
    clstep_status status = clstep_engine_create(&engine, the.context, the.device, NULL);
    layer_fail_query(0);
    check_told(status);
    ck_assert_ptr_null(engine);
    ck_assert_int_eq(status, CLSTEP_OPENCL_FAILED);
    ck_assert_msg(strstr(clstep_last_error()->message, asked[_i].name), "no %s in: %s",
                  asked[_i].name, clstep_last_error()->message);
}
END_TEST

/* No engine comes out whole that has missed an answer. */
START_TEST(engine_misses_no_answer)
{
    layer_open();
    const long live = layer_live();
    unsigned long place = 1;
    for (int reached = 1; reached; place++) {
        clstep_engine *engine;
        ck_assert_uint_lt(place, PLACES_MAX);
        fail_at(LAYER_QUERIES, place);
        clstep_status status = clstep_engine_create(&engine, the.context, the.device, NULL);
        reached = was_reached(place);
        check_told(status);
        ck_assert_int_eq(status == CLSTEP_OK, !reached);
        clstep_engine_destroy(engine);
        ck_assert_int_eq(layer_live(), live);
    }
    ck_assert_uint_gt(place, 20);
}
END_TEST

START_TEST(description_misses_no_answer)
{
    layer_open();
    clstep_device_info whole = CLSTEP_DEVICE_INFO_INIT;
    ck_ok(clstep_device_describe(the.device, &whole));
    unsigned long place = 1;
    for (int reached = 1; reached; place++) {
        clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
        ck_assert_uint_lt(place, PLACES_MAX);
        fail_at(LAYER_QUERIES, place);
        clstep_status status = clstep_device_describe(the.device, &info);
        reached = was_reached(place);
        check_told(status);
        ck_assert_int_eq(status == CLSTEP_OK, !reached);
        if (!reached)
            ck_assert_mem_eq(&info, &whole, sizeof whole);
    }
    ck_assert_uint_gt(place, 15);
}
END_TEST

/* A blob is of the right identity, or there is none; one that is given is not taken for another's.
 */
START_TEST(blobs_miss_no_answer)
{
    static unsigned char whole[1 << 22], taken[1 << 22];
    size_t size = 0, length = 0;
    layer_open();
    clstep_engine *engine = prepared_engine();
    prepared_prepare(1, engine);
    ck_ok(clstep_engine_get_blob(engine, whole, sizeof whole, &size));
    unsigned long place = 1;
    for (int reached = 1; reached; place++) {
        ck_assert_uint_lt(place, PLACES_MAX);
        clstep_engine *other = prepared_engine();
        fail_at(LAYER_QUERIES, place);
        clstep_status status = clstep_engine_get_blob(engine, taken, sizeof taken, &length);
        reached = was_reached(place);
        check_told(status);
        if (status == CLSTEP_OK) {
            ck_assert_uint_eq(length, size);
            ck_assert_mem_eq(taken, whole, size);
        }
        fail_at(LAYER_QUERIES, place);
        status = clstep_engine_set_blob(other, whole, size);
        reached |= was_reached(place);
        check_told(status);
        ck_assert_uint_eq(prepared_counts(other).refused, 0);
        if (status != CLSTEP_OK)
            ck_ok(clstep_engine_set_blob(other, whole, size));
        clstep_engine_destroy(other);
    }
    ck_assert_uint_gt(place, 10);
    clstep_engine_destroy(engine);
}
END_TEST

/* ---- a whole life */

typedef struct {
    clstep_engine *engine;
    clstep_optimizer *optimizer;
    clstep_checkpoint *checkpoint;
    void *bytes;
    size_t size;
} life;

/* With a blob, since compiling takes long. */
static clstep_status be_made(life *l, const prepared_groups *groups, const void *blob, size_t size)
{
    clstep_status status = clstep_engine_create(&l->engine, the.context, the.device, NULL);
    if (status == CLSTEP_OK)
        status = clstep_engine_set_blob(l->engine, blob, size);
    if (status == CLSTEP_OK)
        status = clstep_engine_prepare(l->engine, PREPARED_GROUPS, groups->groups);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_create(&l->optimizer, l->engine, the.queue, PREPARED_GROUPS,
                                         groups->groups, NULL, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_set_rule(l->optimizer, 1, groups->groups[1].rule);
    return status;
}

/* Rates of 0, so that the parameters stay as they are. */
static clstep_status be_used(life *l)
{
    const double rates[PREPARED_GROUPS] = {0};
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    options.lr = rates;
    options.lr_count = PREPARED_GROUPS;
    clstep_status status = clstep_optimizer_step(l->optimizer, the.queue, &options, 0, NULL, NULL);
    if (status == CLSTEP_INCOMPLETE)
        status = clstep_optimizer_step(l->optimizer, the.queue, &options, 0, NULL, NULL);
    if (status == CLSTEP_OK)
        status = clstep_optimizer_finish(l->optimizer);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_save_memory(l->optimizer, the.queue, NULL, &l->bytes, &l->size);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_open_memory(&l->checkpoint, l->bytes, l->size);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_load(l->checkpoint, l->optimizer, the.queue, NULL);
    return status;
}

static void end(life *l)
{
    clstep_checkpoint_close(l->checkpoint);
    free(l->bytes);
    clstep_optimizer_destroy(l->optimizer);
    clstep_engine_destroy(l->engine);
}

START_TEST(calls_of_a_life_fail)
{
    layer_open();
    static trial t;
    static life whole;
    static unsigned char blob[1 << 22];
    size_t blob_size = 0;
    prepared_groups groups;
    prepared_describe(&t);
    trial_open(&t);
    trial_new_gradients(&t);
    prepared_copy(&t, 1, &groups);
    clstep_engine *engine = prepared_engine();
    ck_ok(clstep_engine_prepare(engine, PREPARED_GROUPS, groups.groups));
    ck_ok(clstep_engine_get_blob(engine, blob, sizeof blob, &blob_size));
    clstep_engine_destroy(engine);
    ck_ok(be_made(&whole, &groups, blob, blob_size));
    ck_ok(be_used(&whole));
    clFinish(the.queue);
    const long live = layer_live();
    unsigned long place = 1;
    const unsigned long every = getenv("CLSTEP_QUICK") ? 7 : 2; /* all took 20 s of a CPU */
    for (int reached = 1; reached; place += every) {
        ck_assert_uint_lt(place, PLACES_MAX);
        life l = {0};
        fail_at(LAYER_ALL, place);
        clstep_status status = be_made(&l, &groups, blob, blob_size);
        if (status == CLSTEP_OK)
            status = be_used(&l);
        /* what is lost of a step can be told by finish only */
        const size_t size = l.size;
        if (status == CLSTEP_OK)
            ck_assert_mem_eq(l.bytes, whole.bytes, whole.size);
        end(&l);
        reached = was_reached(place);
        if (status == CLSTEP_OK)
            ck_assert_uint_eq(size, whole.size);
        else if (status != CLSTEP_BUILD_FAILED)
            check_told(status);
        ck_assert_msg(layer_live() == live, "fault at call %lu: %ld references left", place,
                      layer_live() - live);
    }
    ck_assert_uint_gt(place, 300);
    end(&whole);
    trial_close(&t);
}
END_TEST

Suite *queries_suite(void)
{
    Suite *suite = suite_create("queries");
    TCase *tests = tcase_create("queries");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, codes_have_names);
    tcase_add_loop_test(tests, engine_tells_which_question_failed, 0, sizeof asked / sizeof *asked);
    tcase_add_test(tests, engine_misses_no_answer);
    tcase_add_test(tests, description_misses_no_answer);
    tcase_add_test(tests, blobs_miss_no_answer);
    if (!getenv("CLSTEP_NO_GATES")) /* Oclgrind takes minutes */
        tcase_add_test(tests, calls_of_a_life_fail);
    suite_add_tcase(suite, tests);
    return suite;
}
