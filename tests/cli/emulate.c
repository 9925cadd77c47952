/* --emulate: a device that takes subnormal numbers for zeros gives the bits of one that keeps them,
 * and what is measured is the emulated kernel. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <stdlib.h>
#include <string.h>

/* All subnormal, and so is what SGD makes of them. */
static const entry params[] = {{"w", "F32", {3, 5}, 2, 3e-40f}};
static const entry grads[] = {{"w", "F32", {3, 5}, 2, 1e-40f}};

static void step(const char *folder, const char *out, const char *more)
{
    char line[200];
    snprintf(line, sizeof line,
             "apply --params @/p --grads @/g --out-params @/%s --out-state @/%s-state --preset sgd "
             "--lr 0.5 --momentum 0.9%s",
             out, out, more);
    done(folder, line);
}

/* From now on the loader loads the OpenCL layer into the child. */
static void use_layer(void)
{
    const char *layer = getenv("CLSTEP_LAYER");
    ck_assert_msg(layer != NULL, "CLSTEP_LAYER must name layer.so; make check-cli sets it");
    setenv("OPENCL_LAYERS", layer, 1);
}

START_TEST(apply_keeps_subnormals)
{
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_file(folder, "p", params, 1);
    make_file(folder, "g", grads, 1);
    step(folder, "kept", "");
    use_layer();
    setenv("CLSTEP_LAYER_OPTIONS", "-cl-denorms-are-zero", 1);
    step(folder, "flushed", "");
    step(folder, "emulated", " --emulate");
    ck_same_tensor(folder, "emulated", "w", "kept", "w");
    ck_same_tensor(folder, "emulated-state", "w.momentum_buffer", "kept-state",
                   "w.momentum_buffer");
    size_t count;
    float *kept = read_tensor(folder, "kept", "w", &count);
    float *flushed = read_tensor(folder, "flushed", "w", &count);
    ck_assert_msg(memcmp(kept, flushed, count * sizeof *kept) != 0,
                  "the device did not flush, so that nothing has been tried");
    free(kept);
    free(flushed);
}
END_TEST

#define PRAGMA "#pragma OPENCL FP_CONTRACT OFF"

static void ck_row_says(const char *line, const char *emulate)
{
    child result;
    child_run(&result, "", NULL, line);
    ck_assert_int_eq(result.code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, emulate));
}

/* And where kernels that emulate cannot be built, there is no row. */
START_TEST(bench_measures_it)
{
    static const char plain[] = "bench --elements 1000 --repeats 1 --rule sgd --json";
    static const char emulated[] = "bench --elements 1000 --repeats 1 --rule sgd --json --emulate";
    child result;
    ck_row_says(plain, "\"emulate\": 0");
    ck_row_says(emulated, "\"emulate\": 1");
    use_layer();
    setenv("CLSTEP_LAYER_FROM", PRAGMA, 1);
    setenv("CLSTEP_LAYER_TO", PRAGMA "\n#if EMULATE\n#error \"emulated\"\n#endif\n", 1);
    done("", plain);
    child_run(&result, "", NULL, emulated);
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_msg(strstr(result.err, "kernel did not build") != NULL, "said %s", result.err);
}
END_TEST

Suite *emulate_suite(void)
{
    Suite *suite = suite_create("emulate");
    TCase *tests = tcase_create("emulate");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, apply_keeps_subnormals);
    tcase_add_test(tests, bench_measures_it);
    suite_add_tcase(suite, tests);
    return suite;
}
