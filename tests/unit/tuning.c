/* Tuning files as text: what is written is read; whatever is wrong is refused, with its line. */
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
    {"clstep tuning 1\ndriver = 1.0.1\n", CLSTEP_UNSUPPORTED, "this one's \"1.0\""},
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

Suite *tuning_suite(void)
{
    Suite *suite = suite_create("tuning");
    TCase *tests = tcase_create("tuning");
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, forms);
    tcase_add_test(tests, wrong_files);
    tcase_add_test(tests, damage);
    tcase_add_test(tests, single_lines);
    suite_add_tcase(suite, tests);
    return suite;
}
