/*
 * variants SOURCE: writes the update kernel as the library gives it to a driver to the file SOURCE,
 * and prints what the library builds of it for a GPU, a line each, fields separated by tabs:
 *
 *     NAME  FORM  READS  WRITES  OPTIONS
 *
 * FORM is "aligned" or "unaligned", "one", "some" or "many" (buffers and groups) or "shared" (any
 * number of buffers, by their addresses), and "rounded" or "plain" (correctly rounded divide and
 * sqrt asked for or not), separated by commas. READS and WRITES are the bytes per element of each
 * array that a step reads and writes, separated by commas: parameter, gradient, state; "2?" is one
 * that only the first step reads. Everything comes from the public calls, made on an imaginary GPU;
 * nothing here knows a macro of the kernel.
 *
 * A NAME in other formats than fp32 ends in those of parameter, gradient and state, and in how
 * parameters of 16 bits are stored: "torch, bf16 fp16 8bit residual".
 */
#include "gpu.h"
#include "selftest/cases.h"

#include <clstep/clstep.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT = 1 << 26, /* elements of the tensor */
    VARIANTS_MAX = 4096,
    BINDING = 9, /* buffers: more than a launch of some has ... */
    BUFFERS = 33 /* ... and than one of many has */
};

static const char *const amounts[] = {"one", "some", "many", "shared"};
enum { SHARED = 3 };

/* How a program is asked for. */
typedef struct {
    int aligned;
    int many; /* index of amounts */
    int rounded;
} form;

/* In which formats: those of a tensor and its group. */
typedef struct {
    int32_t param;
    int32_t grad;
    int32_t state;
    int32_t kept;
} formats;

static const char *const dtypes[] = {
    [CLSTEP_DTYPE_FLOAT32] = "fp32", [CLSTEP_DTYPE_BFLOAT16] = "bf16",
    [CLSTEP_DTYPE_FLOAT16] = "fp16", [CLSTEP_DTYPE_FLOAT64] = "fp64",
    [CLSTEP_DTYPE_UINT8] = "8bit",
};

static const char *const storages[] = {
    [CLSTEP_PARAM_STOCHASTIC] = "stochastic",
    [CLSTEP_PARAM_NEAREST] = "nearest",
    [CLSTEP_PARAM_MASTER] = "master",
    [CLSTEP_PARAM_RESIDUAL] = "residual",
};

#define COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof *(array)))

static const formats fp32 = {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, 0};

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

/* The small tensors that come with the large one, and what lies behind arrays of state, are rounded
 * away. */
static void print_states(const gpu_record *built)
{
    for (size_t k = 0; k < built->state_count; k++) {
        const double bytes = (double)built->states[k] / COUNT;
        printf(bytes < 1 ? ",%.5f" : ",%.2g", bytes);
    }
}

static void print(const char *name, const formats *in, const form *as)
{
    const gpu_record *built = gpu_recorded();
    const int is_plain = in->param == CLSTEP_DTYPE_FLOAT32 && in->grad == CLSTEP_DTYPE_FLOAT32 &&
                         in->state == CLSTEP_DTYPE_FLOAT32;
    printf("%s", name);
    if (!is_plain) {
        const int32_t state = in->param == CLSTEP_DTYPE_FLOAT64 ? CLSTEP_DTYPE_FLOAT64 : in->state;
        printf(", %s %s %s", dtypes[in->param], dtypes[in->grad], dtypes[state]);
        if (clstep_dtype_size(in->param) == 2)
            printf(" %s", storages[in->kept]);
    }
    printf("\t%s,%s,%s\t", as->aligned ? "aligned" : "unaligned", amounts[as->many],
           as->rounded ? "rounded" : "plain");
    const size_t param = clstep_dtype_size(in->param);
    const int first_only = param == 2 && in->kept == CLSTEP_PARAM_MASTER;
    printf("%zu%s,%zu", param, first_only ? "?" : "", clstep_dtype_size(in->grad));
    print_states(built);
    printf("\t%zu", param);
    print_states(built);
    printf("\t%s\n", built->options);
}

/* A buffer of `count` elements of any dtype. Of SVM, as the library sees it, where `is_shared`: at
 * an address of its own, which nothing reads. */
static cl_mem buffer_of(uint64_t count, bool is_shared)
{
    static uintptr_t address = 4096;
    const cl_mem_flags flags = CL_MEM_READ_WRITE | (is_shared ? CL_MEM_USE_HOST_PTR : 0);
    const size_t bytes = 8 * (size_t)count;
    address += bytes;
    return clCreateBuffer(gpu_context(), flags, bytes, (void *)(address - bytes), NULL);
}

/* Lets the library build what `rule` needs; prints it if it is new. 0: the library refuses. */
static int show(const char *name, const clstep_rule *rule, formats in, form as)
{
    const cl_device_id device = gpu_device(as.rounded);
    const cl_command_queue queue = gpu_queue(device);
    clstep_engine_options how = CLSTEP_ENGINE_OPTIONS_INIT;
    how.access = as.aligned ? CLSTEP_ACCESS_DEFAULT
                            : CLSTEP_ACCESS_UNALIGNED; /* aligned is what suits a GPU */
    clstep_engine *engine = NULL;
    if (clstep_engine_create(&engine, gpu_context(), device, &how) != CLSTEP_OK)
        fail(name);

    /* more, small tensors in buffers of their own make it some or many, and hardly add to state */
    static const size_t tensor_counts[] = {1, 2, BINDING, BUFFERS};
    clstep_tensor tensors[BUFFERS];
    for (size_t i = 0; i < BUFFERS; i++) {
        tensors[i] = (clstep_tensor){
            .count = i ? 16 : COUNT, .param_dtype = in.param, .grad_dtype = in.grad};
        tensors[i].param = buffer_of(tensors[i].count, as.many == SHARED);
        tensors[i].grad = buffer_of(tensors[i].count, as.many == SHARED);
    }
    const clstep_group group = {CLSTEP_GROUP_SIZES,        .rule = rule,
                                .tensors = tensors,        .tensor_count = tensor_counts[as.many],
                                .state_storage = in.state, .param_storage = in.kept};
    clstep_optimizer *optimizer = NULL;
    gpu_forget();
    const clstep_status status =
        clstep_optimizer_create(&optimizer, engine, queue, 1, &group, NULL, NULL);
    if (status == CLSTEP_OK && is_new(gpu_recorded()->options))
        print(name, &in, &as);
    clstep_optimizer_destroy(optimizer);
    clstep_engine_destroy(engine);
    return status == CLSTEP_OK;
}

/* Every rule in what GPUs get; `in_all_forms` in what else can be asked for, too (of many buffers
 * there is enough in the usual form). */
static void show_rule(const char *name, const clstep_rule *rule, formats in, int in_all_forms)
{
    for (int many = 0; many < COUNT_OF(amounts); many++) {
        if (!show(name, rule, in, (form){.aligned = 1, .many = many, .rounded = 1}))
            fail(name);
        if (in_all_forms && many < 2) {
            show(name, rule, in, (form){.aligned = 0, .many = many, .rounded = 1});
            show(name, rule, in, (form){.aligned = 1, .many = many, .rounded = 0});
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
        show_rule(text, &rule, fp32, 0);
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
            show_rule(text, &cases[i].rule, fp32, i == 0);
        }
    }
}

/* Other formats than fp32, for a rule: `in_any_mix` with every dtype of gradients, else with that
 * of the parameter and fp32. What the library refuses is left out. */
static void show_formats(const char *name, const clstep_rule *rule, int in_any_mix)
{
    const form usual = {.aligned = 1, .many = 0, .rounded = 1};
    for (formats in = {0}; in.param <= CLSTEP_DTYPE_FLOAT64; in.param++) {
        for (in.grad = 0; in.grad <= CLSTEP_DTYPE_FLOAT64; in.grad++) {
            if (!in_any_mix && in.grad != in.param && in.grad != CLSTEP_DTYPE_FLOAT32)
                continue;
            for (in.state = 0; in.state < COUNT_OF(dtypes); in.state++) {
                for (in.kept = 0; in.kept < COUNT_OF(storages); in.kept++)
                    show(name, rule, in, usual);
            }
        }
    }
}

/* Gradients in the parameter's dtype, in all forms of the kernel. */
static void show_formats_in_all_forms(const char *name, const clstep_rule *rule)
{
    const formats usual[] = {
        {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_BFLOAT16, 0},
        {CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_FLOAT32, CLSTEP_DTYPE_UINT8, 0},
        {CLSTEP_DTYPE_FLOAT64, CLSTEP_DTYPE_FLOAT64, CLSTEP_DTYPE_FLOAT32, 0},
    };
    for (int32_t i = 0; i < COUNT_OF(usual); i++)
        show_rule(name, rule, usual[i], 1);
    for (int32_t k = 0; k < COUNT_OF(storages); k++) {
        show_rule(name, rule,
                  (formats){CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_FLOAT32, k},
                  1);
        show_rule(name, rule,
                  (formats){CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, k},
                  1);
        show_rule(name, rule,
                  (formats){CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_BFLOAT16, CLSTEP_DTYPE_UINT8, k},
                  1);
        show_rule(name, rule,
                  (formats){CLSTEP_DTYPE_FLOAT16, CLSTEP_DTYPE_FLOAT16, CLSTEP_DTYPE_FLOAT32, k},
                  1);
    }
}

static void show_low_precision(void)
{
    const clstep_rule plain = preset("torch"), adam = preset("adam"), sgd = preset("sgd");
    clstep_rule most = preset("torch"); /* of what RMSprop keeps */
    most.momentum = 0.9;
    most.centered = 1;
    most.variance = CLSTEP_VARIANCE_RECURSION;
    show_formats("torch", &plain, 1);
    show_formats("torch, centred by the recursion with momentum", &most, 0);
    show_formats("adam", &adam, 0);
    show_formats("sgd", &sgd, 0);
    show_formats_in_all_forms("torch", &plain);
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
    show_low_precision();
    FILE *file = fopen(arguments[1], "w");
    if (!file || fputs(gpu_recorded()->source, file) == EOF || fclose(file) != 0) {
        perror(arguments[1]);
        return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
