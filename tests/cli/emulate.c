/* --emulate: a device that takes subnormal numbers for zeros gives the bits of one that keeps them.
 */
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

/* From now on the OpenCL layer, which the loader loads into the child, has kernels built so. */
static void flush_subnormals(void)
{
    const char *layer = getenv("CLSTEP_LAYER");
    ck_assert_msg(layer != NULL, "CLSTEP_LAYER must name layer.so; make check-cli sets it");
    setenv("OPENCL_LAYERS", layer, 1);
    setenv("CLSTEP_LAYER_OPTIONS", "-cl-denorms-are-zero", 1);
}

START_TEST(apply_keeps_subnormals)
{
    char folder[FOLDER_PATH];
    folder_create(folder);
    make_file(folder, "p", params, 1);
    make_file(folder, "g", grads, 1);
    step(folder, "kept", "");
    flush_subnormals();
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

Suite *emulate_suite(void)
{
    Suite *suite = suite_create("emulate");
    TCase *tests = tcase_create("emulate");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, apply_keeps_subnormals);
    suite_add_tcase(suite, tests);
    return suite;
}
