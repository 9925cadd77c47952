/* The error record of a thread. */
#include "base/error.h"

#include "suites.h"

#include <pthread.h>

START_TEST(record)
{
    ck_assert_int_eq(clstep_last_error()->status, CLSTEP_OK);
    ck_assert_str_eq(clstep_last_error()->call, "");
    ck_assert_str_eq(clstep_last_error()->message, "");
    clstep_status status =
        clstep__fail_cl(CLSTEP_OPENCL_FAILED, "clFinish", -5, "%s is %d", "it", 7);
    ck_assert_int_eq(status, CLSTEP_OPENCL_FAILED);
    ck_assert_int_eq(clstep_last_error()->cl_code, -5);
    ck_assert_str_eq(clstep_last_error()->call, "clFinish");
    ck_assert_str_eq(clstep_last_error()->message, "it is 7");
    clstep__fail(CLSTEP_INVALID_ARGUMENT, "other", "plain");
    ck_assert_int_eq(clstep_last_error()->cl_code, 0);
}
END_TEST

START_TEST(long_message_is_cut)
{
    char message[5000];
    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    clstep__fail(CLSTEP_INVALID_ARGUMENT, "call", "%s", message);
    const size_t length = strlen(clstep_last_error()->message);
    ck_assert_uint_gt(length, 500);
    ck_assert_uint_lt(length, sizeof message - 1);
}
END_TEST

static void *fail_elsewhere(void *unused)
{
    clstep__fail(CLSTEP_UNSUPPORTED, "elsewhere", "elsewhere");
    return unused;
}

START_TEST(one_record_per_thread)
{
    clstep__fail(CLSTEP_INVALID_ARGUMENT, "here", "here");
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_str_eq(clstep_last_error()->message, "here");
    ck_assert_int_eq(clstep_last_error()->status, CLSTEP_INVALID_ARGUMENT);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(clstep_status_name(CLSTEP_OK), "CLSTEP_OK");
    ck_assert_str_eq(clstep_status_name(CLSTEP_INCOMPLETE), "CLSTEP_INCOMPLETE");
    ck_assert_str_eq(clstep_status_name((clstep_status)99), "unknown clstep status");
    /* values are part of the binary interface */
    ck_assert_int_eq(CLSTEP_OK, 0);
    ck_assert_int_eq(CLSTEP_INVALID_ARGUMENT, 1);
    ck_assert_int_eq(CLSTEP_INCOMPLETE, 7);
    ck_assert_int_eq(CLSTEP_FILE_MISSING, 10);
    ck_assert_str_eq(clstep_status_name(CLSTEP_FILE_MISSING), "CLSTEP_FILE_MISSING");
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");
    tcase_add_test(tests, record);
    tcase_add_test(tests, long_message_is_cut);
    tcase_add_test(tests, one_record_per_thread);
    tcase_add_test(tests, names);
    suite_add_tcase(suite, tests);
    return suite;
}
