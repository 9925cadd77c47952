/* The tuner: what it tries, what it refuses, and its file. */
#include <clstep/tuning.h>

#include "allocation.h"
#include "fixture.h"
#include "layer_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ELEMENTS = 20000, ROUNDS = 3, PATH = 512, PLACES_MAX = 100 };

/* ---- measuring */

typedef struct {
    size_t count;
    size_t outcomes[CLSTEP_TUNE_FAILED + 1];
    size_t differing_widths[17];
} seen;

static void see(const clstep_tune_trial *trial, void *data)
{
    seen *into = data;
    ck_assert_uint_eq(trial->index, into->count);
    ck_assert_uint_lt(trial->index, trial->trials);
    ck_assert(trial->outcome >= CLSTEP_TUNE_FASTER && trial->outcome <= CLSTEP_TUNE_FAILED);
    ck_assert_int_eq(trial->seconds > 0, trial->outcome <= CLSTEP_TUNE_NOT_FASTER);
    into->count++;
    into->outcomes[trial->outcome]++;
    into->differing_widths[trial->launch->vector_width] += trial->outcome == CLSTEP_TUNE_DIFFERS;
}

static clstep_engine_options tune(cl_command_queue queue, seen *into, clstep_tune_summary *summary)
{
    clstep_tune_options options = CLSTEP_TUNE_OPTIONS_INIT;
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    *into = (seen){0};
    *summary = (clstep_tune_summary)CLSTEP_TUNE_SUMMARY_INIT;
    options.elements = ELEMENTS;
    options.rounds = ROUNDS;
    options.report = see;
    options.data = into;
    ck_ok(clstep_tune(queue, &options, &launch, summary));
    ck_assert_uint_eq(summary->elements, ELEMENTS);
    ck_assert_uint_eq(summary->trials, into->count);
    ck_assert_uint_eq(summary->differing, into->outcomes[CLSTEP_TUNE_DIFFERS]);
    ck_assert_uint_eq(summary->failed, into->outcomes[CLSTEP_TUNE_FAILED]);
    ck_assert(summary->best_seconds > 0 && summary->best_seconds <= summary->default_seconds);
    return launch;
}

/* All that is told is what an engine takes. */
static void check_launch(const clstep_engine_options *launch)
{
    clstep_engine *engine;
    ck_assert(launch->vector_width && launch->access && launch->work_group_size &&
              launch->chunk_elements);
    ck_ok(clstep_engine_create(&engine, the.context, the.device, launch));
    clstep_engine_destroy(engine);
}

/* On a queue with profiling (1) and without. */
START_TEST(finds_one)
{
    layer_open();
    cl_int code;
    seen trials;
    clstep_tune_summary summary;
    const long live = layer_live();
    cl_command_queue queue =
        clCreateCommandQueue(the.context, the.device, _i ? CL_QUEUE_PROFILING_ENABLE : 0, &code);
    ck_cl(code);
    const clstep_engine_options launch = tune(queue, &trials, &summary);
    check_launch(&launch);
    ck_assert_uint_ge(trials.count, 15);
    ck_assert_uint_eq(summary.differing, 0);
    ck_assert_uint_eq(summary.failed, 0);
    clReleaseCommandQueue(queue);
    ck_assert_int_eq(layer_live(), live);
}
END_TEST

/* A compiler that is wrong for vectors of 8: it leaves out an element behind them. */
START_TEST(other_bits_are_never_kept)
{
    layer_open();
    seen trials;
    clstep_tune_summary summary;
    setenv("CLSTEP_LAYER_FROM", "return done + (uint)get", 1);
    setenv("CLSTEP_LAYER_TO", "return done + (WIDTH == 8) + (uint)get", 1);
    const clstep_engine_options launch = tune(the.queue, &trials, &summary);
    unsetenv("CLSTEP_LAYER_FROM");
    ck_assert_uint_ge(trials.differing_widths[8], 2);
    ck_assert_uint_eq(trials.differing_widths[8], summary.differing);
    ck_assert_uint_ne(launch.vector_width, 8);
}
END_TEST

START_TEST(what_does_not_build_is_left_out)
{
    layer_open();
    seen trials;
    clstep_tune_summary summary;
    const long live = layer_live();
    layer_fail(LAYER_PROGRAMS, 4, CL_BUILD_PROGRAM_FAILURE, 0); /* two are the default's */
    tune(the.queue, &trials, &summary);
    layer_fail(-1, 0, 0, 0);
    ck_assert_uint_eq(summary.failed, 1);
    ck_assert_int_eq(layer_live(), live);
}
END_TEST

/* Without the default there is nothing to compare with. */
START_TEST(default_fails)
{
    layer_open();
    clstep_tune_options options = CLSTEP_TUNE_OPTIONS_INIT;
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    const long live = layer_live();
    options.elements = ELEMENTS;
    for (unsigned long place = 1; place < 30; place += 4) {
        layer_fail(-1, place, CL_OUT_OF_RESOURCES, 1);
        clstep_status status = clstep_tune(the.queue, &options, &launch, NULL);
        layer_fail(-1, 0, 0, 0);
        ck_assert(status == CLSTEP_OPENCL_FAILED || status == CLSTEP_BUILD_FAILED);
        ck_assert_uint_eq(launch.vector_width, 0);
        ck_assert_int_eq(layer_live(), live);
    }
}
END_TEST

START_TEST(tune_refuses)
{
    clstep_tune_options options = CLSTEP_TUNE_OPTIONS_INIT;
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    clstep_tune_summary summary = {0};
    ck_refused(clstep_tune(NULL, NULL, &launch, NULL), CLSTEP_INVALID_ARGUMENT, "queue is NULL");
    ck_refused(clstep_tune(the.queue, NULL, NULL, NULL), CLSTEP_INVALID_ARGUMENT, "launch must");
    ck_refused(clstep_tune(the.queue, NULL, &launch, &summary), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_TUNE_SUMMARY_INIT");
    options.rounds = 2;
    ck_refused(clstep_tune(the.queue, &options, &launch, NULL), CLSTEP_INVALID_ARGUMENT,
               "options.rounds must be");
    options.rounds = 100;
    ck_refused(clstep_tune(the.queue, &options, &launch, NULL), CLSTEP_INVALID_ARGUMENT,
               "options.rounds must be");
    options.rounds = 0;
    options.elements = UINT64_MAX;
    ck_refused(clstep_tune(the.queue, &options, &launch, NULL), CLSTEP_INVALID_ARGUMENT,
               "options.elements is 18446744073709551615; this device has memory for at most");
    options = (clstep_tune_options){0};
    ck_refused(clstep_tune(the.queue, &options, &launch, NULL), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_TUNE_OPTIONS_INIT");
}
END_TEST

/* ---- keeping */

static const clstep_engine_options some = {.size = sizeof some,
                                           .vector_width = 4,
                                           .work_group_size = 2,
                                           .chunk_elements = 1024,
                                           .access = CLSTEP_ACCESS_ALIGNED};

/* A new folder that XDG_CACHE_HOME names, which is not there yet. */
static void new_cache(char folder[PATH])
{
    snprintf(folder, PATH, "/tmp/clstep-tuning-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    strcat(folder, "/new/cache");
    setenv("XDG_CACHE_HOME", folder, 1);
}

static void remove_cache(char folder[PATH])
{
    char command[PATH + 16];
    *strstr(folder, "/new/cache") = '\0';
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void find_place(char place[PATH])
{
    size_t needed = 0;
    ck_ok(clstep_tuning_path(the.device, place, PATH, &needed));
    ck_assert_uint_eq(strlen(place) + 1, needed);
}

static unsigned mode_of(const char *path)
{
    struct stat is;
    ck_assert_int_eq(stat(path, &is), 0);
    return is.st_mode & 07777;
}

static void holds(const char *path, const clstep_engine_options *wanted)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    ck_ok(clstep_tuning_read(&launch, the.device, path));
    ck_assert_mem_eq(&launch, wanted, sizeof launch);
}

START_TEST(default_place)
{
    char folder[PATH], place[PATH];
    const clstep_engine_options none = CLSTEP_ENGINE_OPTIONS_INIT;
    new_cache(folder);
    find_place(place);
    ck_assert_msg(strncmp(place, folder, strlen(folder)) == 0, "%s", place);
    ck_assert_int_ne(access(folder, F_OK), 0); /* asking makes nothing */
    holds(NULL, &none);
    ck_assert_int_ne(access(folder, F_OK), 0); /* nor does reading */
    ck_ok(clstep_tuning_write(&some, the.device, NULL));
    ck_assert_uint_eq(mode_of(place), 0600);
    holds(NULL, &some);
    holds(place, &some);
    *strrchr(place, '/') = '\0';
    ck_assert_uint_eq(mode_of(place), 0700);
    ck_assert_uint_eq(mode_of(folder), 0700);
    clstep_engine_options other = some;
    other.vector_width = 16;
    ck_ok(clstep_tuning_write(&other, the.device, NULL));
    holds(NULL, &other);
    remove_cache(folder);
}
END_TEST

START_TEST(cut_path)
{
    char whole[PATH], some_of_it[9];
    size_t needed = 0;
    setenv("XDG_CACHE_HOME", "/cache", 1);
    ck_ok(clstep_tuning_path(the.device, NULL, 0, &needed));
    find_place(whole);
    ck_assert_uint_eq(strlen(whole) + 1, needed);
    ck_ok(clstep_tuning_path(the.device, some_of_it, sizeof some_of_it, NULL));
    ck_assert_str_eq(some_of_it, "/cache/c");
}
END_TEST

/* A relative XDG_CACHE_HOME does not count, then HOME does; with neither there is no place. */
START_TEST(where_the_cache_is)
{
    char place[PATH];
    const clstep_engine_options none = CLSTEP_ENGINE_OPTIONS_INIT;
    setenv("XDG_CACHE_HOME", "cache", 1);
    setenv("HOME", "/nowhere", 1);
    find_place(place);
    ck_assert_int_eq(strncmp(place, "/nowhere/.cache/clstep/tuning/", 30), 0);
    unsetenv("HOME");
    ck_refused(clstep_tuning_path(the.device, place, PATH, NULL), CLSTEP_UNSUPPORTED,
               "neither XDG_CACHE_HOME nor HOME");
    ck_refused(clstep_tuning_write(&some, the.device, NULL), CLSTEP_UNSUPPORTED, "give a path");
    holds(NULL, &none);
}
END_TEST

START_TEST(another_driver)
{
    layer_open();
    char folder[PATH], place[PATH];
    const clstep_engine_options none = CLSTEP_ENGINE_OPTIONS_INIT;
    clstep_engine_options launch = none;
    new_cache(folder);
    find_place(place);
    ck_ok(clstep_tuning_write(&some, the.device, NULL));
    setenv("CLSTEP_LAYER_DRIVER", "X", 1);
    holds(NULL, &none); /* it has a file of its own */
    ck_refused(clstep_tuning_read(&launch, the.device, place), CLSTEP_UNSUPPORTED,
               "is for another device or driver: its driver is ");
    unsetenv("CLSTEP_LAYER_DRIVER");
    holds(NULL, &some);
    remove_cache(folder);
}
END_TEST

START_TEST(bad_files)
{
    char folder[PATH], place[PATH], path[PATH + 8];
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    new_cache(folder);
    find_place(place);
    ck_ok(clstep_tuning_write(&some, the.device, NULL));
    snprintf(path, sizeof path, "%s.no", place);
    ck_refused(clstep_tuning_read(&launch, the.device, path), CLSTEP_FILE_MISSING,
               "there is no file");
    ck_refused(clstep_tuning_read(&launch, the.device, "/"), CLSTEP_FILE_FAILED, "is a folder");
    FILE *file = fopen(place, "a");
    fprintf(file, "speed = 1\n");
    fclose(file);
    ck_refused(clstep_tuning_read(&launch, the.device, NULL), CLSTEP_INVALID_FILE,
               "line 9: there is no setting \"speed\"");
    ck_assert_int_eq(truncate(place, 4097), 0);
    ck_refused(clstep_tuning_read(&launch, the.device, NULL), CLSTEP_INVALID_FILE, "4097 bytes");
    snprintf(path, sizeof path, "%s/file", place); /* below a file */
    ck_refused(clstep_tuning_write(&some, the.device, path), CLSTEP_FILE_FAILED, "Not a directory");
    setenv("XDG_CACHE_HOME", place, 1);
    ck_refused(clstep_tuning_write(&some, the.device, NULL), CLSTEP_FILE_FAILED, "");
    remove_cache(folder);
}
END_TEST

START_TEST(file_arguments)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    ck_refused(clstep_tuning_write(&launch, the.device, "/tmp/x"), CLSTEP_INVALID_ARGUMENT,
               "launch.vector_width is not set");
    ck_refused(clstep_tuning_write(NULL, the.device, "/tmp/x"), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_ENGINE_OPTIONS_INIT");
    ck_refused(clstep_tuning_write(&some, NULL, NULL), CLSTEP_INVALID_ARGUMENT, "device is NULL");
    ck_refused(clstep_tuning_read(&launch, NULL, NULL), CLSTEP_INVALID_ARGUMENT, "device is NULL");
    ck_refused(clstep_tuning_read(NULL, the.device, NULL), CLSTEP_INVALID_ARGUMENT,
               "CLSTEP_ENGINE_OPTIONS_INIT");
    ck_refused(clstep_tuning_path(NULL, NULL, 0, NULL), CLSTEP_INVALID_ARGUMENT, "device is NULL");
    ck_refused(clstep_tuning_path(the.device, NULL, 9, NULL), CLSTEP_INVALID_ARGUMENT,
               "path is NULL");
}
END_TEST

START_TEST(files_without_memory)
{
    char folder[PATH];
    clstep_status status = CLSTEP_OUT_OF_MEMORY;
    unsigned long place = 1;
    new_cache(folder);
    for (; status != CLSTEP_OK; place++) {
        clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
        ck_assert_uint_lt(place, PLACES_MAX);
        allocation_fail(place);
        status = clstep_tuning_write(&some, the.device, NULL);
        if (status == CLSTEP_OK)
            status = clstep_tuning_read(&launch, the.device, NULL);
        allocation_fail(0);
        ck_assert(status == CLSTEP_OK || status == CLSTEP_OUT_OF_MEMORY);
    }
    ck_assert_uint_gt(place, 15);
    holds(NULL, &some);
    remove_cache(folder);
}
END_TEST

Suite *tuning_suite(void)
{
    Suite *suite = suite_create("tuning");
    TCase *tests = tcase_create("tuning");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    if (!getenv("CLSTEP_LAYER_FOR_OCLGRIND")) { /* minutes; the kernels are those of the sweep */
        tcase_add_loop_test(tests, finds_one, 0, 2);
        tcase_add_test(tests, other_bits_are_never_kept);
        tcase_add_test(tests, what_does_not_build_is_left_out);
    }
    tcase_add_test(tests, default_fails);
    tcase_add_test(tests, tune_refuses);
    tcase_add_test(tests, default_place);
    tcase_add_test(tests, cut_path);
    tcase_add_test(tests, where_the_cache_is);
    tcase_add_test(tests, another_driver);
    tcase_add_test(tests, bad_files);
    tcase_add_test(tests, file_arguments);
    tcase_add_test(tests, files_without_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
