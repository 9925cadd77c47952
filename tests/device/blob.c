/* Blobs: a program that a blob has is not compiled. A wrong blob is refused and counted, and does
 * no harm. */
#include "layer_client.h"
#include "prepared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 22 };

typedef struct {
    unsigned char *bytes;
    size_t size;
} blob;

static blob take_blob(clstep_engine *engine)
{
    blob made = {0};
    ck_ok(clstep_engine_get_blob(engine, NULL, 0, &made.size));
    made.bytes = malloc(made.size);
    ck_ok(clstep_engine_get_blob(engine, made.bytes, made.size, NULL));
    return made;
}

static blob prepared_blob(void)
{
    clstep_engine *engine = prepared_engine();
    prepared_prepare(1, engine);
    const blob made = take_blob(engine);
    clstep_engine_destroy(engine);
    return made;
}

/* A process of its own, whose driver knows nothing of ours. */
static void in_new_process(void (*body)(const char *), const char *path)
{
    int status = 0;
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        fixture_open();
        body(path);
        fixture_close();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "the other process ended with status %d", status);
}

static void write_there(const char *path)
{
    const blob made = prepared_blob();
    FILE *file = fopen(path, "wb");
    ck_assert(file && fwrite(made.bytes, 1, made.size, file) == made.size && fclose(file) == 0);
    free(made.bytes);
}

static void use_there(const char *path)
{
    static unsigned char bytes[FILE_MOST];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    layer_open();
    clstep_engine *engine = prepared_engine();
    ck_ok(clstep_engine_set_blob(engine, bytes, size));
    memset(bytes, 0xa5, size); /* it has its own copy */
    prepared_prepare(1, engine);
    prepared_step(engine);
    const clstep_engine_counts counts = prepared_counts(engine);
    ck_assert_uint_eq(counts.compiled, 0);
    ck_assert_uint_eq(counts.loaded, PREPARED_PROGRAMS);
    ck_assert_uint_eq(counts.refused, 0);
    /* what is taken again is what was given */
    const blob again = take_blob(engine);
    ck_assert_uint_eq(again.size, size);
    free(again.bytes);
    clstep_engine_destroy(engine);
}

START_TEST(another_process_compiles_nothing)
{
    char path[] = "/tmp/clstep-blob-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    in_new_process(write_there, path);
    in_new_process(use_there, path);
    unlink(path);
}
END_TEST

/* Part of the programs in the blob, part compiled; both go out again. */
START_TEST(blob_grows)
{
    const blob first = prepared_blob();
    clstep_engine *engine = prepared_engine();
    ck_ok(clstep_engine_set_blob(engine, first.bytes, first.size));
    const clstep_rule rule = preset_rule("sgd");
    const clstep_tensor tensors[] = {{.count = 4}, {.count = 4}};
    const clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = tensors,
                                .tensor_count = 2};
    ck_ok(clstep_engine_prepare(engine, 1, &group));
    ck_assert_uint_eq(prepared_counts(engine).compiled, 2);
    ck_assert_uint_eq(prepared_counts(engine).loaded, 0);
    const blob both = take_blob(engine);
    clstep_engine_destroy(engine);
    engine = prepared_engine();
    ck_ok(clstep_engine_set_blob(engine, both.bytes, both.size));
    ck_ok(clstep_engine_prepare(engine, 1, &group));
    prepared_prepare(1, engine);
    ck_assert_uint_eq(prepared_counts(engine).compiled, 0);
    ck_assert_uint_eq(prepared_counts(engine).loaded, PREPARED_PROGRAMS + 2);
    clstep_engine_destroy(engine);
    free(first.bytes);
    free(both.bytes);
}
END_TEST

/* Refused or not, the engine works; a refusal is counted. */
static void expect_refused(const blob *with, size_t size, clstep_status wanted, const char *part)
{
    clstep_engine *engine = prepared_engine();
    ck_refused(clstep_engine_set_blob(engine, with->bytes, size), wanted, part);
    ck_assert_uint_eq(prepared_counts(engine).refused, 1);
    prepared_prepare(1, engine);
    ck_assert_uint_eq(prepared_counts(engine).compiled, PREPARED_PROGRAMS);
    ck_assert_uint_eq(prepared_counts(engine).loaded, 0);
    clstep_engine_destroy(engine);
}

/* Every byte and every length is tried in tests/unit/blob.c, without a device. */
START_TEST(damaged_blobs)
{
    const blob made = prepared_blob();
    const size_t places[] = {0, 7, 8, 40, 48, 80, 88, 96, 104, made.size / 2, made.size - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        made.bytes[places[i]] ^= 1;
        expect_refused(&made, made.size, CLSTEP_INVALID_FILE, "the blob ");
        made.bytes[places[i]] ^= 1;
        expect_refused(&made, places[i], CLSTEP_INVALID_FILE, "the blob ");
    }
    free(made.bytes);
}
END_TEST

START_TEST(blob_of_another_driver)
{
    layer_open();
    const blob made = prepared_blob();
    setenv("CLSTEP_LAYER_DRIVER", "X", 1);
    expect_refused(&made, made.size, CLSTEP_UNSUPPORTED, "another device, platform or driver");
    unsetenv("CLSTEP_LAYER_DRIVER");
    free(made.bytes);
}
END_TEST

/* The driver refuses a binary when it is created (1) or built (2). */
START_TEST(driver_refuses_binary)
{
    layer_open();
    const blob made = prepared_blob();
    const long live = layer_live();
    clstep_engine *engine = prepared_engine();
    ck_ok(clstep_engine_set_blob(engine, made.bytes, made.size));
    layer_fail(LAYER_BINARIES, (unsigned long)_i, CL_INVALID_BINARY, 0);
    prepared_prepare(1, engine);
    layer_fail(-1, 0, 0, 0);
    const clstep_engine_counts counts = prepared_counts(engine);
    ck_assert_uint_eq(counts.compiled, 1);
    ck_assert_uint_eq(counts.loaded, PREPARED_PROGRAMS - 1);
    ck_assert_uint_eq(counts.refused, 1);
    const blob again = take_blob(engine); /* with the compiled one instead */
    prepared_step(engine);
    clstep_engine_destroy(engine);
    ck_assert_int_eq(layer_live(), live);
    engine = prepared_engine();
    ck_ok(clstep_engine_set_blob(engine, again.bytes, again.size));
    prepared_step(engine);
    clstep_engine_destroy(engine);
    free(again.bytes);
    free(made.bytes);
}
END_TEST

START_TEST(blob_arguments)
{
    unsigned char small[8] = {0};
    size_t needed = 0;
    clstep_engine_counts counts = {0};
    ck_refused(clstep_engine_set_blob(NULL, small, 8), CLSTEP_INVALID_ARGUMENT, "engine is NULL");
    ck_refused(clstep_engine_set_blob(the.engine, NULL, 8), CLSTEP_INVALID_ARGUMENT,
               "bytes is NULL");
    ck_refused(clstep_engine_get_blob(NULL, NULL, 0, &needed), CLSTEP_INVALID_ARGUMENT,
               "engine is NULL");
    ck_refused(clstep_engine_get_blob(the.engine, NULL, 8, &needed), CLSTEP_INVALID_ARGUMENT,
               "bytes is NULL");
    ck_refused(clstep_engine_get_blob(the.engine, small, 8, &needed), CLSTEP_INVALID_ARGUMENT,
               "capacity is 8");
    ck_assert_uint_eq(needed, 88); /* no program yet */
    ck_refused(clstep_engine_get_counts(the.engine, &counts), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_ENGINE_COUNTS_INIT");
    const blob empty = take_blob(the.engine);
    ck_ok(clstep_engine_set_blob(the.engine, empty.bytes, empty.size));
    ck_refused(clstep_engine_set_blob(the.engine, empty.bytes, empty.size), CLSTEP_INVALID_ARGUMENT,
               "has a blob already");
    ck_assert_uint_eq(prepared_counts(the.engine).refused, 0);
    free(empty.bytes);
}
END_TEST

Suite *blob_suite(void)
{
    Suite *suite = suite_create("blob");
    TCase *tests = tcase_create("blob");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, blob_grows);
    tcase_add_test(tests, damaged_blobs);
    tcase_add_test(tests, blob_of_another_driver);
    tcase_add_loop_test(tests, driver_refuses_binary, 1, 3);
    tcase_add_test(tests, blob_arguments);
    suite_add_tcase(suite, tests);
    TCase *processes = tcase_create("processes");
    tcase_add_test(processes, another_process_compiles_nothing);
    suite_add_tcase(suite, processes);
    return suite;
}
