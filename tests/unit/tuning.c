/* Tuning files as text: what was written is read; anything wrong is refused, with its line. And the
 * search, on invented devices. */
#include "tuning/search.h"
#include "tuning/text.h"

#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

static clstep__tuning_owner owner_of(const char *platform, const char *device, const char *driver)
{
    clstep__tuning_owner owner = {0};
    clstep__text_append(&owner.texts[0], platform, strlen(platform));
    clstep__text_append(&owner.texts[1], device, strlen(device));
    clstep__text_append(&owner.texts[2], driver, strlen(driver));
    for (int i = 0; i < CLSTEP__TUNING_TEXTS; i++)
        clstep__tuning_line(&owner.texts[i]);
    return owner;
}

static void free_owner(clstep__tuning_owner *owner)
{
    for (int i = 0; i < CLSTEP__TUNING_TEXTS; i++)
        clstep__text_free(&owner->texts[i]);
}

/* Reads a copy that ends where the text ends. */
static clstep_status parse(const char *text, size_t length, clstep_engine_options *launch)
{
    clstep__tuning_owner owner = owner_of("P", "D = E", "1.0");
    char *copy = malloc(length ? length : 1);
    memcpy(copy, text, length);
    clstep_status status = clstep__tuning_parse("test", "FILE", copy, length, &owner, launch);
    free(copy);
    free_owner(&owner);
    return status;
}

#define HEAD "clstep tuning 1\nplatform = P\ndevice = D = E\ndriver = 1.0\n"
#define REST "access = 1\nwork_group_size = 64\nchunk_elements = 4096\n"

static const clstep_engine_options wanted = {.size = sizeof wanted,
                                             .vector_width = 8,
                                             .work_group_size = 64,
                                             .chunk_elements = 4096,
                                             .access = CLSTEP_ACCESS_ALIGNED};

static void reads(const char *text)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    ck_assert_msg(parse(text, strlen(text), &launch) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    ck_assert_mem_eq(&launch, &wanted, sizeof wanted);
}

static void refuses(const char *text, size_t length, clstep_status status, const char *part)
{
    clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
    const clstep_engine_options before = launch;
    ck_assert_int_eq(parse(text, length, &launch), status);
    ck_assert_msg(strstr(clstep_last_error()->message, part), "no \"%s\" in: %s", part,
                  clstep_last_error()->message);
    ck_assert_mem_eq(&launch, &before, sizeof before);
}

START_TEST(round_trip)
{
    clstep__tuning_owner owner = owner_of("P", " D = E\n", "1.0");
    clstep__text text = {0};
    clstep__tuning_format(&owner, &wanted, &text);
    ck_assert_str_eq(text.bytes, HEAD "vector_width = 8\n" REST);
    reads(text.bytes);
    clstep__text_free(&text);
    free_owner(&owner);
}
END_TEST

START_TEST(forms)
{
    reads(HEAD "vector_width = 8\n" REST);
    reads(HEAD "vector_width=8\n" REST);
    reads(HEAD "\n# a remark = 1\n  vector_width\t=  8 \r\n\n" REST "\n");
    reads(HEAD REST "vector_width = 8"); /* the order is free, and the last line may end anyhow */
}
END_TEST

static const struct {
    const char *text;
    clstep_status status;
    const char *part;
} wrong[] = {
    {"", CLSTEP_INVALID_FILE, "line 1: a tuning file begins with \"clstep tuning 1\""},
    {"clstep tuning 2\n", CLSTEP_INVALID_FILE, "line 1: "},
    {"\n" HEAD "vector_width = 8\n" REST, CLSTEP_INVALID_FILE, "line 1: "},
    {HEAD "vector_width = 8\nspeed = 9\n" REST, CLSTEP_INVALID_FILE,
     "line 6: there is no setting \"speed\""},
    {HEAD "vector_width\n" REST, CLSTEP_INVALID_FILE,
     "line 5: \"name = value\" is needed, not \"vector_width\""},
    {HEAD "= 8\n" REST, CLSTEP_INVALID_FILE, "line 5: there is no setting \"\""},
    {HEAD "vector_width = 3\n" REST, CLSTEP_INVALID_FILE,
     "line 5: vector_width must be 1, 4, 8 or 16, not \"3\""},
    {HEAD "vector_width = \n" REST, CLSTEP_INVALID_FILE, "line 5: vector_width must be"},
    {HEAD "vector_width = 8x\n" REST, CLSTEP_INVALID_FILE, "line 5: vector_width must be"},
    {HEAD "vector_width = -8\n" REST, CLSTEP_INVALID_FILE, "line 5: vector_width must be"},
    {HEAD "vector_width = 4294967304\n" REST, CLSTEP_INVALID_FILE, "line 5: vector_width must be"},
    {HEAD "vector_width = 18446744073709551624\n" REST, CLSTEP_INVALID_FILE,
     "line 5: vector_width must be"},
    {HEAD "vector_width = 8\n" REST "vector_width = 8\n", CLSTEP_INVALID_FILE,
     "line 9: there is a second \"vector_width\""},
    {HEAD "access = 0\n", CLSTEP_INVALID_FILE, "access must be 1 or 2"},
    {HEAD "work_group_size = 0\n", CLSTEP_INVALID_FILE, "work_group_size must be"},
    {HEAD "work_group_size = 65537\n", CLSTEP_INVALID_FILE, "work_group_size must be"},
    {HEAD "chunk_elements = 0\n", CLSTEP_INVALID_FILE, "chunk_elements must be"},
    {HEAD "chunk_elements = 24\n", CLSTEP_INVALID_FILE, "chunk_elements must be"},
    {HEAD "chunk_elements = 1073741840\n", CLSTEP_INVALID_FILE, "chunk_elements must be"},
    {HEAD REST, CLSTEP_INVALID_FILE, "has no line \"vector_width = ...\""},
    {"clstep tuning 1\nvector_width = 8\n" REST, CLSTEP_INVALID_FILE, "no line \"platform"},
    {"clstep tuning 1\nplatform = Q\n", CLSTEP_UNSUPPORTED, "its platform is \"Q\""},
    {"clstep tuning 1\ndevice = D\n", CLSTEP_UNSUPPORTED, "its device is \"D\""},
    {"clstep tuning 1\ndriver = 1.0.1\n", CLSTEP_UNSUPPORTED, "this device's is \"1.0\""},
};

START_TEST(wrong_files)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(wrong[i].text, strlen(wrong[i].text), wrong[i].status, wrong[i].part);
    refuses("clstep tuning 1\n\0", 17, CLSTEP_INVALID_FILE, "line 2: \"name = value\"");
}
END_TEST

/* Cut short, a file lacks something; with a byte changed it is read or refused, never worse. */
START_TEST(damage)
{
    static const char whole[] = HEAD "vector_width = 8\n" REST;
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
        const bool only_the_end = length + 2 == sizeof whole; /* the last '\n' may be missing */
        ck_assert_int_eq(parse(whole, length, &launch) == CLSTEP_OK, only_the_end);
    }
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        for (int with = 0; with < 256; with++) {
            char text[sizeof whole];
            clstep_engine_options launch = CLSTEP_ENGINE_OPTIONS_INIT;
            memcpy(text, whole, sizeof whole);
            text[at] = (char)with;
            if (parse(text, sizeof whole - 1, &launch) == CLSTEP_OK)
                ck_assert_ptr_null(clstep__tuning_wrong(&launch));
        }
    }
}
END_TEST

/* What a driver tells becomes one line. */
START_TEST(single_lines)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"  ", ""}, {" a b ", "a b"}, {"a\nb\tc\n", "a b c"}, {"\x7f", ""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        clstep__text text = {0};
        clstep__text_append(&text, pairs[i][0], strlen(pairs[i][0]));
        clstep__tuning_line(&text);
        ck_assert_str_eq(text.bytes, pairs[i][1]);
        ck_assert_uint_eq(text.length, strlen(pairs[i][1]));
        clstep__text_free(&text);
    }
}
END_TEST

/* ---- the search ---------------------------------------------------------------------------- */

enum { TRIALS_MOST = 64 };

typedef struct {
    double (*speed)(const clstep_engine_options *launch); /* 0: does not run */
    double best;
    size_t count;
    clstep_engine_options tried[TRIALS_MOST];
} made_up;

static clstep__tune_result try_it(const clstep_engine_options *launch, void *data)
{
    made_up *device = data;
    const double speed = device->speed(launch);
    for (size_t i = 0; i < device->count; i++)
        ck_assert(!clstep__tune_same(launch, &device->tried[i]));
    ck_assert_uint_lt(device->count, TRIALS_MOST);
    ck_assert(launch->chunk_elements >= 16 && launch->chunk_elements % 16 == 0);
    device->tried[device->count++] = *launch;
    const clstep__tune_result result = {speed > 1.02 * device->best, speed / device->best};
    if (result.faster)
        device->best = speed;
    return result;
}

/* Gives what was found on a device whose largest work-group has `most` work-items. */
static clstep_engine_options search_on(double (*speed)(const clstep_engine_options *launch),
                                       bool is_cpu, size_t most, made_up *device)
{
    const clstep_engine_options gpu = {.size = sizeof gpu,
                                       .vector_width = 4,
                                       .work_group_size = most < 256 ? (uint32_t)most : 256,
                                       .chunk_elements = 8192,
                                       .access = CLSTEP_ACCESS_ALIGNED};
    const clstep_engine_options cpu = {.size = sizeof cpu,
                                       .vector_width = 16,
                                       .work_group_size = 1,
                                       .chunk_elements = 16384,
                                       .access = CLSTEP_ACCESS_UNALIGNED};
    *device = (made_up){.speed = speed, .best = 1, .tried = {is_cpu ? cpu : gpu}, .count = 1};
    const clstep__tune_search search = {.is_cpu = is_cpu,
                                        .group_most = most,
                                        .standard = device->tried[0],
                                        .try_launch = try_it,
                                        .data = device};
    const clstep_engine_options found = clstep__tune_search_run(&search);
    device->count--; /* the default */
    ck_assert_uint_le(device->count, clstep__tune_search_most(&search));
    return found;
}

/* As an H100 was: best with 8 elements for each work-item of a large group; small chunks in large
 * groups are slow, and so are wide unaligned vectors. */
static double large_groups(const clstep_engine_options *launch)
{
    const double share = (double)launch->chunk_elements / launch->work_group_size;
    if (launch->vector_width > 4 && launch->access == CLSTEP_ACCESS_UNALIGNED)
        return 0.3;
    if (share < launch->vector_width)
        return 0.5;
    if (launch->work_group_size == 1024)
        return share == 8 ? 1.033 : 0.98;
    return launch->work_group_size == 512 && share == 16 ? 1.01 : 0.98;
}

/* Small groups with small chunks, which neither alone shows. */
static double small_groups(const clstep_engine_options *launch)
{
    const double share = (double)launch->chunk_elements / launch->work_group_size;
    return launch->work_group_size == 64 && share == 8 ? 1.2 : 0.97;
}

START_TEST(pairs_groups_and_chunks)
{
    made_up device;
    clstep_engine_options found = search_on(large_groups, false, 1024, &device);
    ck_assert_uint_eq(found.work_group_size, 1024);
    ck_assert_uint_eq(found.chunk_elements, 8192);
    ck_assert_uint_eq(found.vector_width, 4);
    ck_assert_uint_le(device.count, 30);
    found = search_on(small_groups, false, 1024, &device);
    ck_assert_uint_eq(found.work_group_size, 64);
    ck_assert_uint_eq(found.chunk_elements, 512);
}
END_TEST

/* A CPU that likes width 8 in the end, once chunks are short. */
static double short_chunks(const clstep_engine_options *launch)
{
    if (launch->chunk_elements != 4096)
        return launch->vector_width == 8 ? 0.95 : 0.99;
    return launch->vector_width == 8 && launch->access == CLSTEP_ACCESS_ALIGNED ? 1.2 : 1.1;
}

static double all_alike(const clstep_engine_options *launch)
{
    (void)launch;
    return 1;
}

static double nothing_runs(const clstep_engine_options *launch)
{
    (void)launch;
    return 0;
}

START_TEST(looks_at_bodies_again)
{
    made_up device;
    const clstep_engine_options found = search_on(short_chunks, true, 4096, &device);
    ck_assert_uint_eq(found.chunk_elements, 4096);
    ck_assert_uint_eq(found.vector_width, 8);
    ck_assert_int_eq(found.access, CLSTEP_ACCESS_ALIGNED);
}
END_TEST

START_TEST(keeps_the_default)
{
    for (int is_cpu = 0; is_cpu < 2; is_cpu++) {
        made_up device;
        clstep_engine_options found = search_on(all_alike, is_cpu, 1024, &device);
        ck_assert(clstep__tune_same(&found, &device.tried[0]));
        ck_assert_uint_ge(device.count, 15);
        found = search_on(nothing_runs, is_cpu, 1024, &device);
        ck_assert(clstep__tune_same(&found, &device.tried[0]));
    }
}
END_TEST

START_TEST(group_that_the_device_takes)
{
    made_up device;
    search_on(all_alike, false, 128, &device);
    for (size_t i = 0; i <= device.count; i++)
        ck_assert_uint_le(device.tried[i].work_group_size, 128);
}
END_TEST

Suite *tuning_suite(void)
{
    Suite *suite = suite_create("tuning");
    TCase *tests = tcase_create("tuning");
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, forms);
    tcase_add_test(tests, wrong_files);
    tcase_add_test(tests, damage);
    tcase_add_test(tests, single_lines);
    tcase_add_test(tests, pairs_groups_and_chunks);
    tcase_add_test(tests, looks_at_bodies_again);
    tcase_add_test(tests, keeps_the_default);
    tcase_add_test(tests, group_that_the_device_takes);
    suite_add_tcase(suite, tests);
    return suite;
}
