/* clstep apply and clstep convert against PyTorch itself: the files of tests/reference are what it
 * computed and what it wrote. Bit for bit. */
#include "folder.h"
#include "reference/seeded.h"
#include "suites.h"
#include "tensors.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* scripts/reference/torch_files_rows.py: ten steps, and ten more after those of a state. */
enum { STEPS = 10 };

static const char reference[] = "tests/reference";

/* A model of inputs.py. */
typedef struct {
    unsigned number;
    size_t count;
    size_t elements;
    entry tensors[6];
} model;

static const model files = {3,
                            6,
                            1 + 7 + 33 * 5 + 4099 + 3 * 3 * 64 * 17,
                            {{"scale", "F32", {1}, 1, 0},
                             {"norm.weight", "F32", {7}, 1, 0},
                             {"empty", "F32", {0}, 1, 0},
                             {"head.weight", "F32", {33, 5}, 2, 0},
                             {"embed \"é\"", "F32", {4099}, 1, 0},
                             {"conv.0/kernel:0", "F32", {3, 3, 64, 17}, 4, 0}}};
static const model small = {1,
                            5,
                            1 + 7 + 33 * 3 + 2 * 3 * 5,
                            {{"t0", "F32", {1}, 1, 0},
                             {"t1", "F32", {7}, 1, 0},
                             {"t2", "F32", {0}, 1, 0},
                             {"t3", "F32", {33, 3}, 2, 0},
                             {"t4", "F32", {2, 3, 5}, 3, 0}}};

static size_t count_of(const entry *of)
{
    size_t count = 1;
    for (size_t d = 0; d < of->rank; d++)
        count *= of->shape[d];
    return count;
}

static float number_of(const model *of, size_t tensor, int step, size_t i)
{
    const seeded_place at = {of->number, tensor, (uint64_t)(step < 0 ? 0 : step), i};
    return step < 0 ? seeded_parameter(at) : seeded_gradient(at);
}

/* The gradients of a step, or (-1) the first parameters. */
static void make_inputs(const char *folder, const char *name, const model *of, int step)
{
    float *values = calloc(of->elements, sizeof *values);
    size_t at = 0;
    for (size_t k = 0; k < of->count; k++) {
        for (size_t i = 0; i < count_of(&of->tensors[k]); i++)
            values[at++] = number_of(of, k, step, i);
    }
    ck_assert_uint_eq(at, of->elements);
    make_file_of(folder, name, of->tensors, of->count, values, NULL);
    free(values);
}

/* ---- from no state */

static const struct {
    const char *row;
    const char *options;
    const char *states[3];
} begun[] = {
    {"plain", "", {"square_avg"}},
    {"momentum", "--momentum 0.9", {"square_avg", "momentum_buffer"}},
    {"centered", "--centered", {"square_avg", "grad_avg"}},
    {"all",
     "--momentum 0.9 --centered --weight-decay 0.01",
     {"square_avg", "grad_avg", "momentum_buffer"}},
};

/* The tensor has the CRC that PyTorch's has. */
static void ck_crc(const char *folder, const char *file, const char *row, const char *tensor)
{
    char name[96];
    size_t count, one;
    float *values = read_tensor(folder, file, tensor, &count);
    const uint32_t crc = (uint32_t)crc32(0, (void *)values, (unsigned)(count * sizeof *values));
    snprintf(name, sizeof name, "%s/%s", row, tensor);
    uint32_t *wanted = (void *)read_tensor(reference, "torch-files.safetensors", name, &one);
    ck_assert_uint_eq(one, 1);
    ck_assert_msg(crc == *wanted, "%s is not PyTorch's", name);
    free(wanted);
    free(values);
}

START_TEST(from_no_state)
{
    char folder[FOLDER_PATH], line[256], name[64];
    folder_create(folder);
    make_inputs(folder, "p", &files, -1);
    for (int step = 0; step < STEPS; step++) {
        make_inputs(folder, "g", &files, step);
        snprintf(line, sizeof line,
                 "apply --params @/p --grads @/g --out-params @/p --out-state @/s %s%s",
                 step > 0 ? "--state @/s" : "--preset torch ", step > 0 ? "" : begun[_i].options);
        done(folder, line);
    }
    for (size_t k = 0; k < files.count; k++) {
        ck_crc(folder, "p", begun[_i].row, files.tensors[k].name);
        for (size_t s = 0; s < 3 && begun[_i].states[s]; s++) {
            snprintf(name, sizeof name, "%s.%s", files.tensors[k].name, begun[_i].states[s]);
            ck_crc(folder, "s", begun[_i].row, name);
        }
    }
}
END_TEST

/* ---- from a state of PyTorch */

static const struct {
    const char *row;
    const char *states[3];
} handed_over[] = {
    {"momentum", {"square_avg", "momentum_buffer"}},
    {"all", {"square_avg", "grad_avg", "momentum_buffer"}},
    {"sgd-nesterov", {"momentum_buffer"}},
    {"adagrad-lr-decay", {"sum"}},
    {"adam-decay", {"exp_avg", "exp_avg_sq"}},
    {"adamw", {"exp_avg", "exp_avg_sq"}},
};

static void copy_file(const char *from, const char *folder, const char *name)
{
    static char bytes[1 << 16];
    FILE *file = fopen(from, "rb");
    ck_assert_msg(file != NULL, "there is no %s", from);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    ck_assert_uint_lt(size, sizeof bytes);
    fclose(file);
    folder_write(folder, name, bytes, size);
}

/* The parameters alone, which lie beside the state. */
static void take_params(const char *folder, const char *from, const char *to)
{
    float values[256];
    size_t at = 0;
    for (size_t k = 0; k < small.count; k++) {
        size_t count;
        float *part = read_tensor(folder, from, small.tensors[k].name, &count);
        memcpy(values + at, part, count * sizeof *part);
        at += count;
        free(part);
    }
    ck_assert_uint_eq(at, small.elements);
    make_file_of(folder, to, small.tensors, small.count, values, NULL);
}

/* All tensors of an array in a row are what PyTorch has after that step (from 0). */
static void ck_row(const char *folder, const char *file, const char *row, const char *state,
                   int step)
{
    char name[96];
    size_t count, all, at = 0;
    snprintf(name, sizeof name, "%s/%s", row, state ? state : "param");
    float *wanted = read_tensor(reference, "torch.safetensors", name, &all);
    ck_assert_uint_eq(all, 20 * small.elements);
    for (size_t k = 0; k < small.count; k++) {
        snprintf(name, sizeof name, state ? "%s.%s" : "%s", small.tensors[k].name, state);
        float *values = read_tensor(folder, file, name, &count);
        ck_assert_msg(memcmp(values, wanted + (size_t)step * small.elements + at,
                             count * sizeof *values) == 0,
                      "%s: %s is not PyTorch's after step %d", row, name, step + 1);
        at += count;
        free(values);
    }
    ck_assert_uint_eq(at, small.elements);
    free(wanted);
}

START_TEST(from_its_state)
{
    char folder[FOLDER_PATH], path[128], line[128];
    const char *row = handed_over[_i].row;
    folder_create(folder);
    snprintf(path, sizeof path, "%s/torch-state-%s.safetensors", reference, row);
    copy_file(path, folder, "theirs");
    done(folder, "convert --from torch --to clstep --in @/theirs --out @/s");
    take_params(folder, "s", "p");
    for (int step = STEPS; step < 2 * STEPS; step++) {
        make_inputs(folder, "g", &small, step);
        snprintf(line, sizeof line,
                 "apply --params @/p --grads @/g --state @/s --out-params @/p --out-state @/s");
        done(folder, line);
        ck_row(folder, "p", row, NULL, step);
        for (size_t s = 0; s < 3 && handed_over[_i].states[s]; s++)
            ck_row(folder, "s", row, handed_over[_i].states[s], step);
    }
}
END_TEST

Suite *apply_torch_suite(void)
{
    Suite *suite = suite_create("apply_torch");
    TCase *tests = tcase_create("apply_torch");
    tcase_add_loop_test(tests, from_no_state, 0, sizeof begun / sizeof *begun);
    tcase_add_loop_test(tests, from_its_state, 0, sizeof handed_over / sizeof *handed_over);
    suite_add_tcase(suite, tests);
    return suite;
}
