/* A bad input gets an error that names the argument, and changes nothing. */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 100 };

static float before[COUNT];
static cl_mem params;
static cl_mem grads;
static clstep_rule rule;
static clstep_tensor tensors[2];
static clstep_group group;

static void open_all(void)
{
    fixture_open();
    for (int i = 0; i < COUNT; i++)
        before[i] = (float)i;
    params = make_buffer(before, COUNT);
    grads = make_buffer(before, COUNT);
    rule = preset_rule("hinton");
    tensors[0] = (clstep_tensor){.param = params, .grad = grads, .count = 50};
    tensors[1] = (clstep_tensor){
        .param = params, .grad = grads, .param_offset = 50, .grad_offset = 50, .count = 50};
    group =
        (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors, .tensor_count = 2};
}

static void close_all(void)
{
    float after[COUNT];
    read_buffer(params, 0, after, COUNT);
    ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
    fixture_close();
}

static void refuse_create(const char *part)
{
    clstep_optimizer *optimizer = (void *)&group;
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, part);
    ck_assert_ptr_null(optimizer);
}

static clstep_optimizer *create(void)
{
    clstep_optimizer *optimizer;
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    return optimizer;
}

START_TEST(engine_arguments)
{
    clstep_engine *engine = (void *)&group;
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    ck_refused(clstep_engine_create(NULL, the.context, the.device, NULL), CLSTEP_INVALID_ARGUMENT,
               "engine is NULL");
    ck_refused(clstep_engine_create(&engine, NULL, the.device, NULL), CLSTEP_INVALID_ARGUMENT,
               "context is NULL");
    ck_assert_ptr_null(engine);
    ck_refused(clstep_engine_create(&engine, the.context, NULL, NULL), CLSTEP_INVALID_ARGUMENT,
               "device is NULL");
    options.size = 4;
    ck_refused(clstep_engine_create(&engine, the.context, the.device, &options),
               CLSTEP_INVALID_ARGUMENT, "CLSTEP_ENGINE_OPTIONS_INIT");
    options.size = sizeof options;
    options.vector_width = 3;
    ck_refused(clstep_engine_create(&engine, the.context, the.device, &options),
               CLSTEP_INVALID_ARGUMENT, "vector_width");
    options.vector_width = 0;
    options.chunk_elements = 17;
    ck_refused(clstep_engine_create(&engine, the.context, the.device, &options),
               CLSTEP_INVALID_ARGUMENT, "chunk_elements");
    options.chunk_elements = 0;
    options.work_group_size = 1u << 31;
    ck_refused(clstep_engine_create(&engine, the.context, the.device, &options),
               CLSTEP_INVALID_ARGUMENT, "work_group_size");
    options.work_group_size = 0;
    options.access = (clstep_access)3;
    ck_refused(clstep_engine_create(&engine, the.context, the.device, &options),
               CLSTEP_INVALID_ARGUMENT, "access");
    options.access = CLSTEP_ACCESS_DEFAULT;
    clstep_engine_destroy(NULL);
    ck_refused(clstep_engine_build_log(NULL, NULL, 0, NULL), CLSTEP_INVALID_ARGUMENT, "engine");
    ck_refused(clstep_engine_build_log(the.engine, NULL, 1, NULL), CLSTEP_INVALID_ARGUMENT, "text");
}
END_TEST

START_TEST(create_arguments)
{
    clstep_optimizer *optimizer;
    ck_refused(clstep_optimizer_create(NULL, the.engine, the.queue, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "optimizer is NULL");
    ck_refused(clstep_optimizer_create(&optimizer, NULL, the.queue, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "engine is NULL");
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, NULL, 1, &group, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "queue is NULL");
    ck_refused(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, NULL, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "groups is NULL");
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.size = 1;
    cl_event event = (void *)&group;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, &event),
        CLSTEP_INVALID_ARGUMENT, "CLSTEP_OPTIMIZER_OPTIONS_INIT");
    options.size = sizeof options;
    options.seed = (uint64_t)1 << 63;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, &options, &event),
        CLSTEP_INVALID_ARGUMENT, "options.seed");
    ck_assert_ptr_null(event);
    group.tensors = NULL;
    refuse_create("groups[0].tensors is NULL");
    group.tensors = tensors;
    group.rule = NULL;
    refuse_create("groups[0].rule is NULL");
    group.rule = &rule;
    group.size--;
    refuse_create("groups[0] must start as CLSTEP_GROUP_INIT");
    group.size++;
    group.tensor_size = 0;
    refuse_create("groups[0].tensor_size is 0");
    group.tensor_size = sizeof(clstep_tensor);
    rule.eps = -1;
    refuse_create("groups[0].rule: eps is -1");
}
END_TEST

START_TEST(tensors_out_of_place)
{
    tensors[1].param = NULL;
    refuse_create("groups[0].tensors[1].param is NULL");
    tensors[1].param = params;
    tensors[1].grad = NULL;
    clstep_optimizer *without = create();
    ck_refused(clstep_optimizer_step(without, the.queue, NULL, 0, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "groups[0].tensors[1] was created without a gradient");
    clstep_optimizer_destroy(without);
    tensors[1].grad = grads;
    tensors[1].count = 51;
    refuse_create("groups[0].tensors[1]: param_offset 50 and count 51 reach past the end");
    tensors[1].count = UINT64_MAX;
    refuse_create("past the end");
    tensors[1].count = 50;
    tensors[1].param_offset = UINT64_MAX - 10;
    refuse_create("past the end");
    tensors[1].param_offset = 50;
    tensors[1].grad_offset = 51;
    refuse_create("grad_offset 51");
    tensors[1].grad_offset = 50;
    tensors[1].param_dtype = 7;
    refuse_create("groups[0].tensors[1].param_dtype");
    tensors[1].param_dtype = 0;
    tensors[1].grad_dtype = -1;
    refuse_create("groups[0].tensors[1].grad_dtype");
    tensors[1].grad_dtype = 0;
    tensors[1].first_element = 5;
    refuse_create("groups[0].tensors[1].first_element is 5");
}
END_TEST

START_TEST(overlaps)
{
    tensors[1].param_offset = 49;
    refuse_create("groups[0].tensors[0].param overlaps groups[0].tensors[1].param");
    tensors[1].param_offset = 0;
    refuse_create("overlaps");
    tensors[1].param_offset = 50;
    tensors[1].grad = params;
    tensors[1].grad_offset = 10;
    tensors[1].count = 5;
    refuse_create("groups[0].tensors[0].param overlaps groups[0].tensors[1].grad");
    /* a gradient that lies before the parameter it reaches into */
    tensors[0].count = 10;
    tensors[0].param_offset = 40;
    tensors[1].grad_offset = 38;
    refuse_create("overlaps");
    /* gradients may overlap */
    tensors[1].grad = grads;
    clstep_optimizer_destroy(create());
    /* parts of one buffer overlap as the whole does */
    const cl_buffer_region region = {0, 40 * sizeof(float)};
    cl_int code;
    cl_mem part =
        clCreateSubBuffer(params, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    ck_cl(code);
    tensors[0] = (clstep_tensor){.param = params, .grad = grads, .count = 40};
    tensors[1] = (clstep_tensor){.param = part, .grad = grads, .param_offset = 39, .count = 1};
    refuse_create("overlaps");
    /* and a buffer is named in one way, even where nothing overlaps */
    tensors[0].count = 0;
    tensors[1].param = params;
    tensors[1].grad = part;
    tensors[1].param_offset = 60;
    refuse_create(
        "groups[0].tensors[1].param lies in a buffer of which groups[0].tensors[1].grad gives "
        "a sub-buffer");
    clReleaseMemObject(part);
}
END_TEST

START_TEST(buffers_of_the_wrong_kind)
{
    cl_int code;
    cl_mem read_only = clCreateBuffer(the.context, CL_MEM_READ_ONLY, COUNT * 4, NULL, &code);
    cl_mem write_only = clCreateBuffer(the.context, CL_MEM_WRITE_ONLY, COUNT * 4, NULL, &code);
    cl_context other = clCreateContext(NULL, 1, &the.device, NULL, NULL, &code);
    cl_mem foreign = clCreateBuffer(other, CL_MEM_READ_WRITE, COUNT * 4, NULL, &code);
    cl_command_queue foreign_queue = clCreateCommandQueue(other, the.device, 0, &code);
    ck_cl(code);
    tensors[0].param = read_only;
    refuse_create("groups[0].tensors[0].param is CL_MEM_READ_ONLY");
    tensors[0].param = write_only;
    refuse_create("groups[0].tensors[0].param is CL_MEM_WRITE_ONLY");
    tensors[0].param = foreign;
    refuse_create("groups[0].tensors[0].param belongs to another context");
    tensors[0].param = params;
    tensors[0].grad = write_only;
    refuse_create("groups[0].tensors[0].grad is CL_MEM_WRITE_ONLY");
    tensors[0].grad = foreign;
    refuse_create("groups[0].tensors[0].grad belongs to another context");
    tensors[0].grad = grads;
    clstep_optimizer *optimizer;
    ck_refused(
        clstep_optimizer_create(&optimizer, the.engine, foreign_queue, 1, &group, NULL, NULL),
        CLSTEP_INVALID_ARGUMENT, "queue belongs to another context");
    optimizer = create();
    cl_event event = (void *)&group;
    ck_refused(clstep_optimizer_step(optimizer, foreign_queue, NULL, 0, NULL, &event),
               CLSTEP_INVALID_ARGUMENT, "queue belongs to another context");
    ck_assert_ptr_null(event);
    clstep_optimizer_destroy(optimizer);
    clReleaseCommandQueue(foreign_queue);
    clReleaseMemObject(foreign);
    clReleaseContext(other);
    clReleaseMemObject(read_only);
    clReleaseMemObject(write_only);
}
END_TEST

START_TEST(step_arguments)
{
    clstep_optimizer *optimizer = create();
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    cl_event event = (void *)&group;
    cl_event none = NULL;
    ck_refused(clstep_optimizer_step(NULL, the.queue, NULL, 0, NULL, &event),
               CLSTEP_INVALID_ARGUMENT, "optimizer is NULL");
    ck_assert_ptr_null(event);
    ck_refused(clstep_optimizer_step(optimizer, NULL, NULL, 0, NULL, NULL), CLSTEP_INVALID_ARGUMENT,
               "queue is NULL");
    ck_refused(clstep_optimizer_step(optimizer, the.queue, NULL, 1, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "wait_list is NULL");
    ck_refused(clstep_optimizer_step(optimizer, the.queue, NULL, 0, &none, NULL),
               CLSTEP_INVALID_ARGUMENT, "num_events is 0");
    ck_refused(clstep_optimizer_step(optimizer, the.queue, NULL, 1, &none, NULL),
               CLSTEP_INVALID_ARGUMENT, "wait_list[0] is NULL");
    options.size = 1;
    ck_refused(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "CLSTEP_STEP_OPTIONS_INIT");
    options.size = sizeof options;
    double lr[2] = {0.1, 0.1};
    options.lr = lr;
    options.lr_count = 2;
    ck_refused(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL),
               CLSTEP_INVALID_ARGUMENT, "lr_count is 2");
    options.lr_count = 1;
    const double bad[] = {-1, NAN, INFINITY, 1e300};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lr[0] = bad[i];
        ck_refused(clstep_optimizer_step(optimizer, the.queue, &options, 0, NULL, NULL),
                   CLSTEP_INVALID_ARGUMENT, "options.lr[0]");
    }
    ck_assert_uint_eq(steps_of(optimizer), 0);
    clstep_optimizer_destroy(optimizer);
    clstep_optimizer_destroy(NULL);
}
END_TEST

/* The message names the switch that differs. */
START_TEST(switches_are_named)
{
    static const struct {
        const char *preset;
        size_t offset;
        const char *name;
    } switches[] = {
        {"hinton", offsetof(clstep_rule, centered), "rule.centered"},
        {"hinton", offsetof(clstep_rule, lr_in_momentum), "rule.lr_in_momentum"},
        {"hinton", offsetof(clstep_rule, nesterov), "rule.nesterov"},
        {"hinton", offsetof(clstep_rule, eps_inside_sqrt), "rule.eps_inside_sqrt"},
        {"hinton", offsetof(clstep_rule, bias_correction), "rule.bias_correction"},
        {"hinton", offsetof(clstep_rule, maximize), "rule.maximize"},
        {"adam", offsetof(clstep_rule, amsgrad), "rule.amsgrad"},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        rule = preset_rule(switches[i].preset);
        if (strcmp(switches[i].preset, "hinton") == 0)
            rule.momentum = 0.9;
        clstep_optimizer *optimizer = create();
        clstep_rule changed = rule;
        int32_t value;
        memcpy(&value, (const char *)&rule + switches[i].offset, sizeof value);
        value = !value;
        memcpy((char *)&changed + switches[i].offset, &value, sizeof value);
        ck_refused(clstep_optimizer_set_rule(optimizer, 0, &changed), CLSTEP_INVALID_ARGUMENT,
                   switches[i].name);
        clstep_optimizer_destroy(optimizer);
    }
}
END_TEST

START_TEST(access_arguments)
{
    clstep_optimizer *optimizer = create();
    clstep_rule changed = rule;
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    uint64_t number = 0;
    ck_refused(clstep_optimizer_set_rule(optimizer, 1, &rule), CLSTEP_INVALID_ARGUMENT,
               "group is 1");
    ck_refused(clstep_optimizer_set_rule(optimizer, 0, NULL), CLSTEP_INVALID_ARGUMENT, "rule");
    ck_assert_str_eq(clstep_last_error()->call, "clstep_optimizer_set_rule");
    changed.momentum = 0.5;
    ck_refused(clstep_optimizer_set_rule(optimizer, 0, &changed), CLSTEP_INVALID_ARGUMENT,
               "rule.momentum cannot change between 0 and above 0");
    changed = rule;
    changed.centered = 1;
    ck_refused(clstep_optimizer_set_rule(optimizer, 0, &changed), CLSTEP_INVALID_ARGUMENT,
               "switch");
    changed = rule;
    changed.rho = -1;
    ck_refused(clstep_optimizer_set_rule(optimizer, 0, &changed), CLSTEP_INVALID_ARGUMENT, "rho");
    ck_ok(clstep_optimizer_get_rule(optimizer, 0, &changed));
    ck_assert_int_eq(memcmp(&changed, &rule, sizeof rule), 0);
    changed.size = 0;
    ck_refused(clstep_optimizer_get_rule(optimizer, 0, &changed), CLSTEP_INVALID_ARGUMENT, "rule");
    ck_refused(clstep_optimizer_find_state_array(optimizer, 0, 2, "square_avg", &array),
               CLSTEP_INVALID_ARGUMENT, "tensor is 2");
    ck_refused(clstep_optimizer_find_state_array(optimizer, 0, 0, "grad_avg", &array),
               CLSTEP_INVALID_ARGUMENT, "grad_avg");
    ck_refused(clstep_optimizer_find_state_array(optimizer, 0, 0, NULL, &array),
               CLSTEP_INVALID_ARGUMENT, "name");
    ck_refused(clstep_optimizer_get_steps(NULL, &number), CLSTEP_INVALID_ARGUMENT, "optimizer");
    ck_refused(clstep_optimizer_get_steps(optimizer, NULL), CLSTEP_INVALID_ARGUMENT, "steps");
    ck_refused(clstep_optimizer_get_seed(optimizer, NULL), CLSTEP_INVALID_ARGUMENT, "seed");
    ck_refused(clstep_optimizer_set_steps(NULL, 1), CLSTEP_INVALID_ARGUMENT, "optimizer");
    ck_refused(clstep_optimizer_set_steps(optimizer, UINT64_MAX), CLSTEP_INVALID_ARGUMENT, "2^63");
    ck_ok(clstep_optimizer_set_steps(optimizer, 7));
    ck_assert_uint_eq(steps_of(optimizer), 7);
    ck_assert_uint_ge(clstep_optimizer_device_bytes(optimizer), COUNT * sizeof(float));
    clstep_optimizer_destroy(optimizer);
}
END_TEST

Suite *refusal_suite(void)
{
    Suite *suite = suite_create("refusal");
    TCase *tests = tcase_create("refusal");
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, engine_arguments);
    tcase_add_test(tests, create_arguments);
    tcase_add_test(tests, tensors_out_of_place);
    tcase_add_test(tests, overlaps);
    tcase_add_test(tests, buffers_of_the_wrong_kind);
    tcase_add_test(tests, step_arguments);
    tcase_add_test(tests, access_arguments);
    tcase_add_test(tests, switches_are_named);
    suite_add_tcase(suite, tests);
    return suite;
}
