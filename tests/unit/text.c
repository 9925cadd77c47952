/* Texts that grow, and what happens when memory is short. */
#include "base/text.h"

#include "base/memory.h"
#include "suites.h"

#include <stdint.h>

START_TEST(grows)
{
    clstep__text text = {0};
    for (int i = 0; i < 1000; i++)
        clstep__text_format(&text, "%d,", i);
    clstep__text_append(&text, "end", 3);
    ck_assert(!text.failed);
    ck_assert_uint_eq(strlen(text.bytes), text.length);
    ck_assert_int_eq(strncmp(text.bytes, "0,1,2,", 6), 0);
    ck_assert_str_eq(text.bytes + text.length - 7, "999,end");
    clstep__text_free(&text);
    ck_assert_ptr_null(text.bytes);
}
END_TEST

START_TEST(failure_sticks)
{
    clstep__text text = {0};
    clstep__text_append(&text, "kept", 4);
    clstep__text_append(&text, "", SIZE_MAX / 2); /* no room for that; nothing is read */
    ck_assert(text.failed);
    clstep__text_append(&text, "lost", 4);
    ck_assert_str_eq(text.bytes, "kept");
    clstep__text_free(&text);
}
END_TEST

START_TEST(allocation)
{
    unsigned char *bytes = clstep__allocate(100, 3);
    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < 300; i++)
        ck_assert_int_eq(bytes[i], 0);
    clstep__free(bytes);
    void *nothing = clstep__allocate(0, 8);
    ck_assert_ptr_nonnull(nothing);
    clstep__free(nothing);
    volatile size_t most = SIZE_MAX;
    ck_assert_ptr_null(clstep__allocate(most / 2, 8));
}
END_TEST

START_TEST(plural)
{
    ck_assert_str_eq(clstep__plural(0), "s");
    ck_assert_str_eq(clstep__plural(1), "");
    ck_assert_str_eq(clstep__plural(2), "s");
}
END_TEST

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, grows);
    tcase_add_test(tests, failure_sticks);
    tcase_add_test(tests, allocation);
    tcase_add_test(tests, plural);
    suite_add_tcase(suite, tests);
    return suite;
}
