/* Every allocation of the reader, the writer and a translation fails once, and then always: the
 * call reports it, and leaves no memory and no files behind. */
#include "convert_fixture.h"
#include "suites.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_calloc(size_t count, size_t size);

/* What fails: allocation `failing` (from 1), and with `for_good` all that follow; 0: none. */
static unsigned long failing, made;
static int for_good;

static int fails(void)
{
    made++;
    return failing && (made == failing || (for_good && made > failing));
}

/* clstep's own, by the linker's --wrap. */
void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

static void *jansson_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static clstep_status write_file(const char *path)
{
    static const uint64_t shape[] = {2, 1};
    static const float numbers[] = {1.0f, 2.0f};
    clstep_writer *writer = NULL;
    clstep_status status = clstep_writer_create(&writer, path);
    if (status == CLSTEP_OK)
        status = clstep_writer_set_metadata(writer, "a key", "a text that is no short one");
    for (char name[] = "layer.0.weight"; status == CLSTEP_OK && name[6] < '9'; name[6]++)
        status = clstep_writer_add(writer, name, "F32", 2, shape);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(writer);
    for (size_t i = 0; status == CLSTEP_OK && i < 9; i++)
        status = clstep_writer_write(writer, i, 0, 8, numbers);
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    clstep_writer_destroy(writer);
    return status;
}

static clstep_status read_file(const char *path)
{
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open(&file, path);
    ck_assert_int_eq(file != NULL, status == CLSTEP_OK);
    if (file) {
        ck_assert_uint_eq(clstep_safetensors_tensor_count(file), 9);
        ck_assert_uint_eq(clstep_safetensors_find(file, "layer.8.weight"), 8);
        ck_assert_str_eq(clstep_safetensors_metadata(file, "a key"), "a text that is no short one");
    }
    clstep_safetensors_close(file);
    return status;
}

/* More than one sentence is said. */
static clstep_status translate_file(const char *path)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    clstep_safetensors *file = NULL;
    clstep_writer *writer = NULL;
    options.allow_inexact = 1;
    clstep_status status = clstep_safetensors_open(&file, path);
    if (status == CLSTEP_OK)
        status = clstep_writer_create(&writer, NULL);
    if (status == CLSTEP_OK)
        status = clstep_convert(file, "torch", writer, "keras", &options);
    clstep_writer_destroy(writer);
    clstep_safetensors_close(file);
    return status;
}

/* Lets allocation after allocation fail, until a whole run has gone without one. */
static void each_fails(clstep_status (*run)(const char *), const char *path, unsigned long least)
{
    for (for_good = 0; for_good < 2; for_good++) {
        clstep_status status = CLSTEP_OUT_OF_MEMORY;
        for (unsigned long nth = 1; status != CLSTEP_OK; nth++) {
            made = 0;
            failing = nth;
            status = run(path);
            failing = 0;
            if (status == CLSTEP_OK)
                ck_assert_uint_gt(nth, made);
            else
                store_failed(status, CLSTEP_OUT_OF_MEMORY, "the host is out of memory");
            ck_assert_uint_lt(nth, 10000);
        }
        ck_assert_uint_ge(made, least);
    }
}

START_TEST(writing)
{
    char folder[STORE_PATH], path[STORE_PATH];
    json_malloc_t kept_malloc;
    json_free_t kept_free;
    store_folder(folder);
    store_join(path, folder, "file");
    json_get_alloc_funcs(&kept_malloc, &kept_free);
    json_set_alloc_funcs(jansson_malloc, free);
    each_fails(write_file, path, 100);
    json_set_alloc_funcs(kept_malloc, kept_free);
    ck_assert_int_eq(read_file(path), CLSTEP_OK);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

START_TEST(reading)
{
    char folder[STORE_PATH], path[STORE_PATH];
    store_folder(folder);
    store_join(path, folder, "file");
    ck_assert_int_eq(write_file(path), CLSTEP_OK);
    each_fails(read_file, path, 15);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* A checkpoint with numbers of many digits and names of all lengths, which short memory once made
 * other digits, or damage, of. */
static const uint64_t seed = 8012345678901234567;
static const double lr = 0.0123456789012345678, eps = 1.2345678901234567e-7;
enum { NAMES = 40 };

static void name_of(size_t i, char name[NAMES + 8])
{
    const int length = sprintf(name, "%zu", i);
    memset(name + length, 'x', i);
    name[(size_t)length + i] = '\0';
}

static clstep_status write_checkpoint(const char *path)
{
    static const uint64_t one = 1;
    static const float zero = 0;
    static uint64_t steps[NAMES];
    char texts[NAMES][NAMES + 8];
    clstep_tensor_name names[NAMES];
    clstep_rule rule = convert_rule("torch", 0, 0);
    rule.lr = lr;
    rule.eps = eps;
    for (size_t i = 0; i < NAMES; i++) {
        name_of(i, texts[i]);
        names[i] = (clstep_tensor_name){texts[i], &one, 1};
        steps[i] = seed - i;
    }
    clstep_checkpoint_group group = CLSTEP_CHECKPOINT_GROUP_INIT;
    group.rule = &rule;
    group.tensors = names;
    group.tensor_count = NAMES;
    group.tensor_steps = steps;
    group.first_elements = steps;
    clstep_writer *writer = NULL;
    clstep_status status = clstep_writer_create(&writer, path);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_declare(writer, seed, seed, 1, &group);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(writer);
    for (size_t i = 0; status == CLSTEP_OK && i < NAMES; i++)
        status = clstep_writer_write(writer, i, 0, 4, &zero);
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    clstep_writer_destroy(writer);
    return status;
}

static clstep_status read_checkpoint(const char *path)
{
    char name[NAMES + 8];
    clstep_checkpoint *checkpoint = NULL;
    clstep_rule rule = CLSTEP_RULE_INIT;
    clstep_status status = clstep_checkpoint_open(&checkpoint, path);
    ck_assert_int_eq(checkpoint != NULL, status == CLSTEP_OK);
    if (status != CLSTEP_OK)
        return status;
    ck_assert_uint_eq(clstep_checkpoint_seed(checkpoint), seed);
    ck_assert_uint_eq(clstep_checkpoint_steps(checkpoint), seed);
    ck_assert_int_eq(clstep_checkpoint_rule(checkpoint, 0, &rule), CLSTEP_OK);
    ck_assert(rule.lr == lr && rule.eps == eps);
    ck_assert_uint_eq(clstep_checkpoint_tensor_count(checkpoint, 0), NAMES);
    for (size_t i = 0; i < NAMES; i++) {
        uint64_t first = 0;
        name_of(i, name);
        ck_assert_str_eq(clstep_checkpoint_tensor_name(checkpoint, 0, i), name);
        ck_assert_uint_eq(clstep_checkpoint_tensor_steps(checkpoint, 0, i), seed - i);
        ck_assert(clstep_checkpoint_first_element(checkpoint, 0, i, &first));
        ck_assert_uint_eq(first, seed - i);
    }
    clstep_checkpoint_close(checkpoint);
    return status;
}

START_TEST(checkpoints)
{
    char folder[STORE_PATH], path[STORE_PATH];
    json_malloc_t kept_malloc;
    json_free_t kept_free;
    store_folder(folder);
    store_join(path, folder, "file");
    json_get_alloc_funcs(&kept_malloc, &kept_free);
    json_set_alloc_funcs(jansson_malloc, free);
    each_fails(write_checkpoint, path, 300);
    each_fails(read_checkpoint, path, 40);
    json_set_alloc_funcs(kept_malloc, kept_free);
    ck_assert_uint_eq(store_folder_close(folder), 1);
}
END_TEST

/* Of a file that tells its rule, and of one that does not. */
START_TEST(translating)
{
    char folder[STORE_PATH], path[STORE_PATH];
    json_malloc_t kept_malloc;
    json_free_t kept_free;
    const clstep_rule rule = convert_rule("torch", 1, 1);
    store_bytes checkpoint = convert_checkpoint(&rule, 7, &ordinary_state);
    translation told = translate(checkpoint, "clstep", "torch", NULL);
    ck_exact(&told);
    store_bytes untold =
        convert_file(ARRAYS(convert_square("a.square_avg"), convert_square("b.square_avg"),
                            convert_number("a.step", 7), convert_number("b.step", 7)),
                     NULL);
    store_folder(folder);
    store_join(path, folder, "file");
    store_put(path, told.bytes.at, told.bytes.size);
    json_get_alloc_funcs(&kept_malloc, &kept_free);
    json_set_alloc_funcs(jansson_malloc, free);
    each_fails(translate_file, path, 100);
    store_put(path, untold.at, untold.size);
    each_fails(translate_file, path, 100);
    json_set_alloc_funcs(kept_malloc, kept_free);
    ck_assert_uint_eq(store_folder_close(folder), 1);
    translation_free(&told);
    free(checkpoint.at);
    free(untold.at);
}
END_TEST

Suite *store_memory_suite(void)
{
    Suite *suite = suite_create("store_memory");
    TCase *tests = tcase_create("store_memory");
    tcase_add_test(tests, writing);
    tcase_add_test(tests, reading);
    tcase_add_test(tests, checkpoints);
    tcase_add_test(tests, translating);
    suite_add_tcase(suite, tests);
    return suite;
}
