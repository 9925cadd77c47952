/* A program as users have it: built against the headers of an earlier version, which
 * scripts/keep-headers has put beside this file, and run with the library of today.
 * tests/install/run does both. It passes and reads every struct that has a size, in the size that
 * it had. */
#include <clstep/clstep.h>
#include <clstep/selftest.h>
#include <clstep/tuning.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 1000, STEPS = 3, CANARY = 0x77 };

static int failures;

static void expect(int holds, const char *what)
{
    if (!holds) {
        printf("FAILED: %s: %s\n", what, clstep_last_error()->message);
        fflush(stdout);
        failures++;
    }
}

/* A struct with bytes behind it that must stay: the library may be of a version with longer
 * structs. */
#define GUARDED(type)                                                                              \
    struct {                                                                                       \
        type it;                                                                                   \
        unsigned char canary[64];                                                                  \
    }
#define GUARD(guarded)                                                                             \
    do {                                                                                           \
        memset(&(guarded), CANARY, sizeof(guarded));                                               \
        clstep_init(&(guarded).it, sizeof(guarded).it);                                            \
    } while (0)
#define EXPECT_GUARD(guarded) expect(is_whole((guarded).canary), #guarded)

static int is_whole(const unsigned char *canary)
{
    for (int i = 0; i < 64; i++) {
        if (canary[i] != CANARY)
            return 0;
    }
    return 1;
}

static void ask_device(cl_device_id device)
{
    GUARDED(clstep_device_info) info;
    GUARD(info);
    expect(clstep_device_describe(device, &info.it) == CLSTEP_OK, "clstep_device_describe");
    expect(info.it.size == sizeof info.it && info.it.device == device && info.it.name[0], "info");
    EXPECT_GUARD(info);
}

static void ask_schedule(void)
{
    clstep_schedule schedule = CLSTEP_SCHEDULE_INIT;
    schedule.kind = CLSTEP_SCHEDULE_EXPONENTIAL;
    schedule.lr = 0.5;
    schedule.gamma = 0.5;
    schedule.period = 1;
    expect(clstep_schedule_lr(&schedule, 2) == 0.125, "clstep_schedule_lr");
}

static void ask_optimizer(clstep_optimizer *optimizer, const clstep_rule *wanted)
{
    GUARDED(clstep_rule) rule;
    GUARD(rule);
    expect(clstep_optimizer_get_rule(optimizer, 0, &rule.it) == CLSTEP_OK, "get_rule");
    expect(memcmp(&rule.it, wanted, sizeof *wanted) == 0, "the rule is what was set");
    EXPECT_GUARD(rule);
    rule.it.lr = 0.25;
    expect(clstep_optimizer_set_rule(optimizer, 0, &rule.it) == CLSTEP_OK, "set_rule");
    rule.it.lr = wanted->lr;
    expect(clstep_optimizer_set_rule(optimizer, 0, &rule.it) == CLSTEP_OK, "set_rule");
    GUARDED(clstep_state_array) array;
    GUARD(array);
    expect(clstep_optimizer_state_array(optimizer, 0, 0, 0, &array.it) == CLSTEP_OK, "state_array");
    expect(strcmp(array.it.name, "square_avg") == 0 && array.it.count == COUNT, "the array");
    EXPECT_GUARD(array);
    GUARDED(clstep_array_form) form;
    GUARD(form);
    expect(clstep_rule_array(wanted, CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST,
                             0, &form.it) == CLSTEP_OK,
           "rule_array");
    expect(strcmp(form.it.name, array.it.name) == 0, "the array's name");
    EXPECT_GUARD(form);
}

static void ask_selftest(clstep_engine *engine, cl_command_queue queue)
{
    clstep_selftest_options options = CLSTEP_SELFTEST_OPTIONS_INIT;
    GUARDED(clstep_selftest_summary) summary;
    GUARD(summary);
    options.quick = 1;
    options.preset = "sgd";
    expect(clstep_selftest(engine, queue, &options, &summary.it) == CLSTEP_OK, "clstep_selftest");
    expect(summary.it.verdict != 0 && summary.it.count.cases > 0 && summary.it.text[0], "summary");
    EXPECT_GUARD(summary);
}

/* PyTorch's RMSprop with lr 0.125 by hand, in double. */
static double expected(int steps)
{
    double p = 1, v = 0;
    for (int i = 0; i < steps; i++) {
        v = 0.99 * v + 0.01 * 4;
        p -= 0.125 * 2 / (sqrt(v) + 1e-8);
    }
    return p;
}

static void train(clstep_engine *engine, cl_context context, cl_command_queue queue)
{
    static float p[COUNT], g[COUNT];
    for (int i = 0; i < COUNT; i++) {
        p[i] = 1;
        g[i] = 2;
    }
    const cl_mem_flags flags = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;
    cl_mem params = clCreateBuffer(context, flags, sizeof p, p, NULL);
    cl_mem grads = clCreateBuffer(context, flags, sizeof g, g, NULL);
    clstep_rule rule = CLSTEP_RULE_INIT;
    expect(clstep_rule_preset(&rule, "torch") == CLSTEP_OK, "clstep_rule_preset");
    rule.lr = 0.125;
    clstep_tensor tensor;
    clstep_group group;
    memset(&tensor, 0, sizeof tensor);
    memset(&group, 0, sizeof group);
#ifdef CLSTEP_GROUP_INIT
    clstep_init(&group, sizeof group);
    group.tensor_size = sizeof tensor;
#endif
    tensor.param = params;
    tensor.grad = grads;
    tensor.count = COUNT;
    group.rule = &rule;
    group.tensors = &tensor;
    group.tensor_count = 1;
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    clstep_optimizer *optimizer = NULL;
    options.seed = 7;
    expect(clstep_optimizer_create(&optimizer, engine, queue, 1, &group, &options, NULL) ==
               CLSTEP_OK,
           "clstep_optimizer_create");
    ask_optimizer(optimizer, &rule);
    clstep_step_options step = CLSTEP_STEP_OPTIONS_INIT;
    const double lr = rule.lr;
    step.lr = &lr;
    step.lr_count = 1;
    for (int i = 0; i < STEPS; i++)
        expect(clstep_optimizer_step(optimizer, queue, &step, 0, NULL, NULL) == CLSTEP_OK,
               "clstep_optimizer_step");
    clEnqueueReadBuffer(queue, params, CL_TRUE, 0, sizeof p, p, 0, NULL, NULL);
    printf("p = %.6f after %d steps\n", (double)p[0], STEPS);
    expect(fabs(p[0] - expected(STEPS)) < 1e-5 && p[0] == p[COUNT - 1], "the parameter");
    clstep_optimizer_destroy(optimizer);
    clReleaseMemObject(params);
    clReleaseMemObject(grads);
}

int main(void)
{
    cl_device_id device;
    if (clstep_device_choose(&device, NULL) != CLSTEP_OK) {
        printf("FAILED: %s\n", clstep_last_error()->message);
        return 1;
    }
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    clstep_engine *engine = NULL;
    expect(clstep_tuning_read(&options, device, "/nonesuch") != CLSTEP_OK, "clstep_tuning_read");
    options.vector_width = 4;
    expect(clstep_engine_create(&engine, context, device, &options) == CLSTEP_OK,
           "clstep_engine_create");
    ask_device(device);
    ask_schedule();
    train(engine, context, queue);
    ask_selftest(engine, queue);
    GUARDED(clstep_engine_counts) counts;
    GUARD(counts);
    expect(clstep_engine_get_counts(engine, &counts.it) == CLSTEP_OK, "get_counts");
    expect(counts.it.compiled > 0, "counts");
    EXPECT_GUARD(counts);
    clstep_engine_destroy(engine);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return failures != 0;
}
