/* clstep apply against the library's next step of the same state: rounding, seed and first elements
 * go on, whatever the order of the tensors in the files, the pieces, and the tensors that are left
 * out. These tests touch OpenCL, each in its own process. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <clstep/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS = 3, ALL = 7, A = 1, B = 2, C = 4 };
static const char *const names[TENSORS] = {"a", "b", "c"};

/* A batch of apply has 4 << 20 elements: "b" is cut in the second row. */
static const uint64_t sizes[][TENSORS] = {{1000, 300, 7}, {300, (4 << 20) + 1000, 500}};

static struct {
    uint64_t counts[TENSORS];
    uint64_t firsts[TENSORS];
    uint64_t total; /* as the elements lie in the buffers */
    uint16_t *params;
    float *grads;
} model;

static struct {
    cl_context context;
    cl_command_queue queue;
    cl_mem params, grads;
    clstep_engine *engine;
    clstep_optimizer *optimizer;
} library;

#define ck_ok(call)                                                                                \
    ck_assert_msg((call) == CLSTEP_OK, "%s: %s", #call, clstep_last_error()->message)

static float draw(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

static void make_model(const uint64_t counts[TENSORS])
{
    unsigned seed = 1;
    model.total = 0;
    for (size_t i = 0; i < TENSORS; i++) {
        model.counts[i] = counts[i];
        model.firsts[i] = model.total;
        model.total += (counts[i] + 127) / 128 * 128;
    }
    model.params = malloc(model.total * sizeof *model.params);
    model.grads = malloc(model.total * sizeof *model.grads);
    for (uint64_t k = 0; k < model.total; k++) {
        const float param = draw(&seed);
        memcpy(&model.params[k], (const char *)&param + 2, 2); /* little-endian */
        model.grads[k] = draw(&seed) / 128;
    }
}

static void open_library(clstep_param_storage storage)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_tensor tensors[TENSORS] = {{0}};
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    ck_assert_int_eq(clGetPlatformIDs(1, &platform, NULL), CL_SUCCESS);
    ck_assert_int_eq(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), CL_SUCCESS);
    library.context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    library.queue = clCreateCommandQueue(library.context, device, 0, &code);
    library.params = clCreateBuffer(library.context, CL_MEM_COPY_HOST_PTR,
                                    model.total * sizeof *model.params, model.params, &code);
    library.grads = clCreateBuffer(library.context, CL_MEM_COPY_HOST_PTR,
                                   model.total * sizeof *model.grads, model.grads, &code);
    ck_assert_int_eq(code, CL_SUCCESS);
    ck_ok(clstep_engine_create(&library.engine, library.context, device, NULL));
    ck_ok(clstep_rule_preset(&rule, "torch"));
    rule.lr = 1e-3;
    for (size_t i = 0; i < TENSORS; i++)
        tensors[i] = (clstep_tensor){.param = library.params,
                                     .grad = library.grads,
                                     .param_offset = model.firsts[i],
                                     .grad_offset = model.firsts[i],
                                     .count = model.counts[i],
                                     .param_dtype = CLSTEP_DTYPE_BFLOAT16,
                                     .name = names[i]};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = TENSORS, .param_storage = storage};
    options.seed = 7;
    ck_ok(clstep_optimizer_create(&library.optimizer, library.engine, library.queue, 1, &group,
                                  &options, NULL));
}

/* Takes a step, and puts the parameters into the model. */
static void step_library(void)
{
    ck_ok(clstep_optimizer_step(library.optimizer, library.queue, NULL, 0, NULL, NULL));
    ck_ok(clstep_optimizer_finish(library.optimizer));
    ck_assert_int_eq(clEnqueueReadBuffer(library.queue, library.params, CL_TRUE, 0,
                                         model.total * sizeof *model.params, model.params, 0, NULL,
                                         NULL),
                     CL_SUCCESS);
}

static void save_library(const char *folder, const char *name)
{
    char path[FOLDER_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_ok(clstep_checkpoint_save(library.optimizer, library.queue, NULL, path));
}

static void close_all(void)
{
    clstep_optimizer_destroy(library.optimizer);
    clstep_engine_destroy(library.engine);
    clReleaseMemObject(library.params);
    clReleaseMemObject(library.grads);
    clReleaseCommandQueue(library.queue);
    clReleaseContext(library.context);
    free(model.params);
    free(model.grads);
}

/* A file of parameters or gradients: those of a set, in the order "a", "b", "c" or turned. */
static void write_file(const char *folder, const char *name, int are_params, int set, int is_turned)
{
    char path[FOLDER_PATH + 64];
    clstep_writer *writer;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_ok(clstep_writer_create(&writer, path));
    for (int pass = 0; pass < 2; pass++) {
        size_t index = 0;
        for (size_t k = 0; k < TENSORS; k++) {
            const size_t i = is_turned ? TENSORS - 1 - k : k;
            const size_t size = are_params ? sizeof *model.params : sizeof *model.grads;
            const void *from = are_params ? (const void *)(model.params + model.firsts[i])
                                          : (const void *)(model.grads + model.firsts[i]);
            if (!(set >> i & 1))
                continue;
            if (pass == 0)
                ck_ok(clstep_writer_add(writer, names[i], are_params ? "BF16" : "F32", 1,
                                        &model.counts[i]));
            else
                ck_ok(clstep_writer_write(writer, index++, 0, model.counts[i] * size, from));
        }
        if (pass == 0)
            ck_ok(clstep_writer_begin(writer));
    }
    ck_ok(clstep_writer_commit(writer));
    clstep_writer_destroy(writer);
}

/* The tensors of a set are in the file as in the model. */
static void same_params(const char *folder, const char *name, int set)
{
    for (size_t i = 0; i < TENSORS; i++) {
        size_t count, different = 0;
        if (!(set >> i & 1))
            continue;
        uint16_t *got = (uint16_t *)(void *)read_tensor(folder, name, names[i], &count);
        for (uint64_t k = 0; k < model.counts[i]; k++)
            different += got[k] != model.params[model.firsts[i] + k];
        ck_assert_msg(different == 0, "\"%s\": %zu of %llu elements differ", names[i], different,
                      (unsigned long long)model.counts[i]);
        free(got);
    }
}

/* What the state says of the steps to come. */
static void same_state(const char *folder, const char *name, clstep_param_storage storage,
                       uint64_t seed)
{
    char path[FOLDER_PATH + 64];
    clstep_checkpoint *state;
    clstep_state_storage state_storage;
    clstep_param_storage stored;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_ok(clstep_checkpoint_open(&state, path));
    ck_assert_uint_eq(clstep_checkpoint_seed(state), seed);
    ck_ok(clstep_checkpoint_storage(state, 0, &state_storage, &stored));
    ck_assert_int_eq(stored, storage);
    for (size_t i = 0; i < clstep_checkpoint_tensor_count(state, 0); i++) {
        uint64_t first = 0;
        const size_t of = (size_t)(clstep_checkpoint_tensor_name(state, 0, i)[0] - 'a');
        ck_assert_int_eq(clstep_checkpoint_first_element(state, 0, i, &first),
                         storage == CLSTEP_PARAM_STOCHASTIC);
        ck_assert_uint_eq(first, storage == CLSTEP_PARAM_STOCHASTIC ? model.firsts[of] : 0);
    }
    clstep_checkpoint_close(state);
}

/* A state of one step, by the library, in the files "p" and "s"; the model then has the step after
 * it, whose state is "next". */
static void train(const char *folder, const uint64_t counts[TENSORS], clstep_param_storage storage)
{
    make_model(counts);
    open_library(storage);
    step_library();
    write_file(folder, "p", 1, ALL, 0);
    write_file(folder, "turned", 1, ALL, 1);
    write_file(folder, "g", 0, ALL, 0);
    save_library(folder, "s");
    step_library();
    save_library(folder, "next");
}

/* ---- */

static const clstep_param_storage storages[] = {CLSTEP_PARAM_NEAREST, CLSTEP_PARAM_STOCHASTIC};

START_TEST(next_step)
{
    static const char *const params[] = {"p", "turned"};
    const clstep_param_storage storage = storages[_i % 2];
    char folder[FOLDER_PATH], line[256];
    folder_create(folder);
    train(folder, sizes[_i / 2], storage);
    for (size_t i = 0; i < 2; i++) {
        snprintf(line, sizeof line,
                 "apply --params @/%s --grads @/g --state @/s --out-params @/p2 --out-state @/s2",
                 params[i]);
        done(folder, line);
        same_params(folder, "p2", ALL);
        same_state(folder, "s2", storage, 7);
        for (size_t k = 0; k < TENSORS; k++) {
            snprintf(line, sizeof line, "%s.square_avg", names[k]);
            ck_same_tensor(folder, "s2", line, "next", line);
        }
    }
    close_all();
}
END_TEST

/* Tensor after tensor, of which each takes its second step alone. */
START_TEST(next_step_in_parts)
{
    char folder[FOLDER_PATH];
    folder_create(folder);
    train(folder, sizes[0], storages[_i]);
    write_file(folder, "gb", 0, B, 0);
    write_file(folder, "gac", 0, A | C, 1);
    done(folder, "apply --partial --params @/p --grads @/gb --state @/s --out-params @/p2 "
                 "--out-state @/s2");
    same_params(folder, "p2", B);
    same_state(folder, "s2", storages[_i], 7);
    done(folder, "apply --partial --params @/p2 --grads @/gac --state @/s2 --out-params @/p2 "
                 "--out-state @/s2");
    same_params(folder, "p2", ALL);
    same_state(folder, "s2", storages[_i], 7);
    close_all();
}
END_TEST

/* A checkpoint with parameters serves as both files. */
START_TEST(params_in_the_state)
{
    char folder[FOLDER_PATH], path[FOLDER_PATH + 64];
    clstep_save_options options = CLSTEP_SAVE_OPTIONS_INIT;
    folder_create(folder);
    make_model(sizes[0]);
    open_library(CLSTEP_PARAM_NEAREST);
    step_library();
    write_file(folder, "g", 0, ALL, 0);
    snprintf(path, sizeof path, "%s/both", folder);
    options.with_params = 1;
    ck_ok(clstep_checkpoint_save(library.optimizer, library.queue, &options, path));
    step_library();
    done(folder, "apply --params @/both --grads @/g --state @/both --out-params @/p2 "
                 "--out-state @/s2");
    same_params(folder, "p2", ALL);
    same_state(folder, "s2", CLSTEP_PARAM_NEAREST, 7);
    close_all();
}
END_TEST

/* A new state numbers the elements in the order of the parameters' file, also those that have no
 * gradient yet. */
START_TEST(new_state)
{
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_model(sizes[0]);
    write_file(folder, "p", 1, ALL, 0);
    write_file(folder, "g", 0, ALL, 0);
    write_file(folder, "gb", 0, B, 0);
    write_file(folder, "gac", 0, A | C, 0);
    done(folder, "apply --params @/p --grads @/g --out-params @/p2 --out-state @/s2");
    same_state(folder, "s2", CLSTEP_PARAM_STOCHASTIC, 0);
    done(folder, "apply --partial --params @/p --grads @/gb --out-params @/q --out-state @/t");
    ck_same_tensor(folder, "q", "b", "p2", "b");
    same_state(folder, "t", CLSTEP_PARAM_STOCHASTIC, 0);
    child result;
    child_run(&result, folder, NULL,
              "apply --partial --params @/q --grads @/gac --state @/t --out-params @/q "
              "--out-state @/t");
    ck_assert_msg(result.code == 0, "%s", result.err);
    for (size_t i = 0; i < TENSORS; i++)
        ck_same_tensor(folder, "q", names[i], "p2", names[i]);
    same_state(folder, "t", CLSTEP_PARAM_STOCHASTIC, 0);
    free(model.params);
    free(model.grads);
}
END_TEST

Suite *apply_library_suite(void)
{
    Suite *suite = suite_create("apply_library");
    TCase *tests = tcase_create("apply_library");
    tcase_add_loop_test(tests, next_step, 0, 4);
    tcase_add_loop_test(tests, next_step_in_parts, 0, 2);
    tcase_add_test(tests, params_in_the_state);
    tcase_add_test(tests, new_state);
    suite_add_tcase(suite, tests);
    return suite;
}
