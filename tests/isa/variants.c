/*
 * variants SOURCE: writes the update kernel as the library gives it to a driver to the file SOURCE,
 * and prints what the library builds of it for a GPU, a line each, fields separated by tabs:
 *
 *     NAME  FORM  READS  WRITES  OPTIONS
 *
 * FORM is "aligned" or "unaligned", "one" or "many" (buffers and groups), and "rounded" or "plain"
 * (correctly rounded divide and sqrt asked for or not), separated by commas. READS and WRITES are
 * the bytes per element of each array that a step reads and writes, separated by commas: parameter,
 * gradient, state. Everything comes from the public calls, made on an imaginary GPU; nothing here
 * knows a macro of the kernel.
 */
#include "gpu.h"
#include "optimizer/selftest_cases.h"

#include <clstep/clstep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT = 1 << 20, /* elements of the tensor */
    VARIANTS_MAX = 4096,
    DTYPES_TRIED = 16 /* the library refuses those that it does not have */
};

/* How a program is asked for. */
typedef struct {
    int aligned;
    int many;
    int rounded;
} form;

typedef struct {
    int32_t param;
    int32_t grad;
} dtypes;

static char *seen[VARIANTS_MAX];
static size_t seen_count;

static int is_new(const char *options)
{
    for (size_t i = 0; i < seen_count; i++) {
        if (strcmp(seen[i], options) == 0)
            return 0;
    }
    if (seen_count == VARIANTS_MAX) {
        fprintf(stderr, "variants: more than %d of them\n", VARIANTS_MAX);
        exit(1);
    }
    seen[seen_count++] = strdup(options);
    return 1;
}

static void fail(const char *name)
{
    fprintf(stderr, "variants: %s: %s\n", name, clstep_last_error()->message);
    exit(1);
}

/* The smallest buffer in which COUNT elements of a dtype have room tells their size. */
static size_t size_of(clstep_tensor tensor, int of_grad, clstep_engine *engine,
                      cl_command_queue queue, const clstep_rule *rule)
{
    for (size_t size = 1; size <= 8; size *= 2) {
        cl_mem small = clCreateBuffer(gpu_context(), CL_MEM_READ_WRITE, size * COUNT, NULL, NULL);
        *(of_grad ? &tensor.grad : &tensor.param) = small;
        const clstep_group group = {.rule = rule, .tensors = &tensor, .tensor_count = 1};
        clstep_optimizer *optimizer = NULL;
        const clstep_status status =
            clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
        clstep_optimizer_destroy(optimizer);
        if (status == CLSTEP_OK)
            return size;
    }
    return 0;
}

static void print(const char *name, const dtypes *types, const form *as, size_t param, size_t grad)
{
    const gpu_record *built = gpu_recorded();
    printf("%s", name);
    if (types->param != CLSTEP_FLOAT32 || types->grad != CLSTEP_FLOAT32)
        printf(", dtypes %d and %d", (int)types->param, (int)types->grad);
    printf("\t%s,%s,%s\t", as->aligned ? "aligned" : "unaligned", as->many ? "many" : "one",
           as->rounded ? "rounded" : "plain");
    printf("%zu,%zu", param, grad);
    for (size_t k = 0; k < built->state_count; k++)
        printf(",%.4g", (double)built->states[k] / COUNT);
    printf("\t%zu", param);
    for (size_t k = 0; k < built->state_count; k++)
        printf(",%.4g", (double)built->states[k] / COUNT);
    printf("\t%s\n", built->options);
}

/* Lets the library build what `rule` needs; prints it if it is new. 0: it has no such dtypes. */
static int show(const char *name, const clstep_rule *rule, dtypes types, form as)
{
    const cl_device_id device = gpu_device(as.rounded);
    const cl_command_queue queue = gpu_queue(device);
    clstep_engine_options how = CLSTEP_ENGINE_OPTIONS_INIT;
    how.aligned = as.aligned ? 0 : 2; /* aligned is what suits a GPU */
    clstep_engine *engine = NULL;
    if (clstep_engine_create(&engine, gpu_context(), device, &how) != CLSTEP_OK)
        fail(name);

    clstep_tensor tensors[2] = {{.count = COUNT}};
    cl_mem large = clCreateBuffer(gpu_context(), CL_MEM_READ_WRITE, 8 * COUNT, NULL, NULL);
    cl_mem other = clCreateBuffer(gpu_context(), CL_MEM_READ_WRITE, 8 * COUNT, NULL, NULL);
    tensors[0].param = large;
    tensors[0].grad = other;
    tensors[0].param_dtype = types.param;
    tensors[0].grad_dtype = types.grad;
    const size_t param = size_of(tensors[0], 0, engine, queue, rule);
    const size_t grad = size_of(tensors[0], 1, engine, queue, rule);

    clstep_status status = CLSTEP_UNSUPPORTED;
    if (param != 0 && grad != 0) {
        /* a second, small tensor in buffers of its own makes it many, and hardly adds to state */
        tensors[1] = tensors[0];
        tensors[1].count = 16;
        tensors[1].param = clCreateBuffer(gpu_context(), CL_MEM_READ_WRITE, 128, NULL, NULL);
        const clstep_group group = {
            .rule = rule, .tensors = tensors, .tensor_count = as.many ? 2 : 1};
        clstep_optimizer *optimizer = NULL;
        clstep_engine_destroy(engine); /* with the programs of size_of() */
        if (clstep_engine_create(&engine, gpu_context(), device, &how) != CLSTEP_OK)
            fail(name);
        gpu_forget();
        status = clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
        if (status != CLSTEP_OK)
            fail(name);
        if (is_new(gpu_recorded()->options))
            print(name, &types, &as, param, grad);
        clstep_optimizer_destroy(optimizer);
    }
    clstep_engine_destroy(engine);
    return status == CLSTEP_OK;
}

/* Every rule in what GPUs get; `in_all_forms` in what else can be asked for, too. */
static void show_rule(const char *name, const clstep_rule *rule, int in_all_forms)
{
    const dtypes fp32 = {CLSTEP_FLOAT32, CLSTEP_FLOAT32};
    for (int many = 0; many < 2; many++) {
        show(name, rule, fp32, (form){.aligned = 1, .many = many, .rounded = 1});
        if (in_all_forms) {
            show(name, rule, fp32, (form){.aligned = 0, .many = many, .rounded = 1});
            show(name, rule, fp32, (form){.aligned = 1, .many = many, .rounded = 0});
        }
    }
}

static clstep_rule preset(const char *name)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    if (clstep_rule_preset(&rule, name) != CLSTEP_OK)
        fail(name);
    return rule;
}

/* The switches one by one, in an arithmetic. */
static void show_switches(const char *name)
{
    const struct {
        const char *what;
        double momentum;
        int32_t nesterov, centered, variance, bias_correction, decay;
    } switches[] = {
        {.what = "momentum", .momentum = 0.9},
        {.what = "nesterov", .momentum = 0.9, .nesterov = 1},
        {.what = "centred", .centered = 1, .variance = CLSTEP_VARIANCE_DIFFERENCE},
        {.what = "centred by the recursion", .centered = 1, .variance = CLSTEP_VARIANCE_RECURSION},
        {.what = "centred with momentum",
         .momentum = 0.9,
         .centered = 1,
         .variance = CLSTEP_VARIANCE_DIFFERENCE},
        {.what = "bias correction", .bias_correction = 1},
        {.what = "decoupled decay", .decay = CLSTEP_DECAY_DECOUPLED},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        clstep_rule rule = preset(name);
        rule.momentum = switches[i].momentum;
        rule.nesterov = switches[i].nesterov;
        rule.centered = switches[i].centered;
        if (rule.centered)
            rule.variance = switches[i].variance;
        rule.bias_correction = switches[i].bias_correction;
        if (switches[i].decay)
            rule.decay = switches[i].decay;
        char text[128];
        snprintf(text, sizeof text, "%s, %s", name, switches[i].what);
        show_rule(text, &rule, 0);
    }
}

/* The self-test's rules: each preset with every switch, alone and in company. */
static void show_presets(void)
{
    for (size_t k = 0; clstep_preset(k); k++) {
        clstep__selftest_case cases[CLSTEP__SELFTEST_CASES_MAX];
        size_t count = 0;
        if (clstep__selftest_cases(k, false, cases, &count) != CLSTEP_OK)
            fail(clstep_preset(k)->name);
        for (size_t i = 0; i < count; i++) {
            char text[192];
            const char *name = clstep_preset(k)->name;
            if (i == 0)
                snprintf(text, sizeof text, "%s", name);
            else
                snprintf(text, sizeof text, "%s, %s", name, cases[i].name);
            show_rule(text, &cases[i].rule, i == 0);
        }
    }
}

/* Whatever other dtypes there are, for RMSprop and for the rule with most state. */
static void show_dtypes(void)
{
    for (dtypes types = {0}; types.param < DTYPES_TRIED; types.param++) {
        for (types.grad = 0; types.grad < DTYPES_TRIED; types.grad++) {
            const clstep_rule rmsprop = preset("torch"), adam = preset("adam");
            const form usual = {.aligned = 1, .many = 0, .rounded = 1};
            if (show("torch", &rmsprop, types, usual))
                show("adam", &adam, types, usual);
        }
    }
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: variants SOURCE\n");
        return 2;
    }
    show_switches("hinton"); /* first: of equal kernels the first one's name is printed */
    show_switches("torch");
    show_presets();
    show_dtypes();
    FILE *file = fopen(arguments[1], "w");
    if (!file || fputs(gpu_recorded()->source, file) == EOF || fclose(file) != 0) {
        perror(arguments[1]);
        return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
