/* Listing, describing and choosing devices. */
#include "allocation.h"
#include "fixture.h"

#include "device/choose.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(list_and_describe)
{
    size_t count = 0;
    ck_ok(clstep_devices(NULL, 0, &count));
    ck_assert_uint_ge(count, 1);
    cl_device_id devices[16];
    ck_ok(clstep_devices(devices, 16, &count));
    for (size_t i = 0; i < count && i < 16; i++) {
        clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
        ck_ok(clstep_device_describe(devices[i], &info));
        ck_assert_ptr_eq(info.device, devices[i]);
        ck_assert_uint_gt(strlen(info.name), 0);
        ck_assert_uint_gt(info.global_memory, 0);
        ck_assert_uint_ge(info.compute_units, 1);
    }
    clstep_device_info info = {0};
    ck_refused(clstep_device_describe(devices[0], &info), CLSTEP_INVALID_ARGUMENT, "info");
    ck_refused(clstep_devices(NULL, 1, &count), CLSTEP_INVALID_ARGUMENT, "devices");
    ck_assert_uint_eq(count, 0);
    ck_refused(clstep_devices(devices, 1, NULL), CLSTEP_INVALID_ARGUMENT, "count");
}
END_TEST

/* A name that holds the digits, as "skylake-avx512" does, is not what an index means. */
START_TEST(number_is_an_index)
{
    cl_device_id chosen;
    size_t count = 0;
    ck_ok(clstep_devices(NULL, 0, &count));
    for (size_t i = count; i < count + 10; i++) {
        char text[32], said[64];
        snprintf(text, sizeof text, "%zu", i);
        snprintf(said, sizeof said, "there is no device %zu; the devices are [0] ", i);
        ck_refused(clstep_device_choose(&chosen, text), CLSTEP_NO_DEVICE, said);
        ck_assert_ptr_null(chosen);
        setenv("CLSTEP_DEVICE", text, 1);
        ck_refused(clstep_device_choose(&chosen, NULL), CLSTEP_NO_DEVICE,
                   ", the value of CLSTEP_DEVICE; the devices are [0] ");
    }
    ck_refused(clstep_device_choose(&chosen, "18446744073709551616"), CLSTEP_NO_DEVICE,
               "there is no device 18446744073709551616; ");
    ck_ok(clstep_device_choose(&chosen, "00"));
}
END_TEST

/* The version names PoCL, which neither the platform nor the device does. */
START_TEST(by_version)
{
    cl_device_id devices[16], chosen;
    size_t count = 0;
    ck_ok(clstep_devices(devices, 16, &count));
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT, found = CLSTEP_DEVICE_INFO_INIT;
    ck_ok(clstep_device_describe(devices[0], &info));
    ck_ok(clstep_device_choose(&chosen, info.device_version));
    ck_ok(clstep_device_describe(chosen, &found));
    ck_assert_str_eq(found.device_version, info.device_version);
}
END_TEST

START_TEST(by_name_index_and_environment)
{
    cl_device_id devices[16], chosen = NULL;
    size_t count = 0;
    ck_ok(clstep_devices(devices, 16, &count));
    unsetenv("CLSTEP_DEVICE");
    ck_ok(clstep_device_choose(&chosen, NULL));
    ck_ok(clstep_device_choose(&chosen, "0"));
    ck_assert_ptr_eq(chosen, devices[0]);
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    ck_ok(clstep_device_describe(devices[0], &info));
    info.name[strlen(info.name) / 2 + 1] = '\0';
    for (char *c = info.name; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c); /* any case */
    ck_ok(clstep_device_choose(&chosen, info.name));
    clstep_device_info found = CLSTEP_DEVICE_INFO_INIT;
    ck_ok(clstep_device_describe(chosen, &found));
    for (size_t i = 0; info.name[i]; i++)
        ck_assert_int_eq(toupper((unsigned char)found.name[i]), info.name[i]);
    ck_refused(clstep_device_choose(&chosen, "999"), CLSTEP_NO_DEVICE, "the devices are [0] ");
    ck_assert_ptr_null(chosen);
    ck_refused(clstep_device_choose(&chosen, "no such device"), CLSTEP_NO_DEVICE,
               "\"no such device\"; the devices are [0] ");
    setenv("CLSTEP_DEVICE", "nor this", 1);
    ck_refused(clstep_device_choose(&chosen, NULL), CLSTEP_NO_DEVICE, "nor this");
    ck_ok(clstep_device_choose(&chosen, "0")); /* the argument comes first */
    ck_refused(clstep_device_choose(NULL, NULL), CLSTEP_INVALID_ARGUMENT, "device is NULL");
}
END_TEST

/* GPU before accelerator before CPU, then own memory, then speed. */
START_TEST(ranks)
{
    const clstep_device_info from_best_to_worst[] = {
        {.type = CL_DEVICE_TYPE_GPU, .compute_units = 2, .clock_mhz = 1000},
        {.type = CL_DEVICE_TYPE_GPU, .compute_units = 1, .clock_mhz = 1000},
        {.type = CL_DEVICE_TYPE_GPU, .compute_units = 9, .clock_mhz = 5000, .unified_memory = 1},
        {.type = CL_DEVICE_TYPE_ACCELERATOR, .compute_units = 99, .clock_mhz = 9000},
        {.type = CL_DEVICE_TYPE_CPU, .compute_units = 256, .clock_mhz = 5000},
        {.type = CL_DEVICE_TYPE_CPU, .compute_units = 64, .clock_mhz = 5000, .unified_memory = 1},
        {.type = CL_DEVICE_TYPE_CPU, .compute_units = 64},
    };
    for (size_t i = 1; i < sizeof from_best_to_worst / sizeof *from_best_to_worst; i++)
        ck_assert(clstep__device_rank(&from_best_to_worst[i - 1]) >
                  clstep__device_rank(&from_best_to_worst[i]));
}
END_TEST

/* If the host is out of memory, the calls say so: no device is left out unnoticed. */
START_TEST(without_memory)
{
    static const char *const wishes[] = {"", "no such device"};
    cl_device_id expected = NULL, chosen;
    size_t count = 9;
    unsetenv("CLSTEP_DEVICE");
    ck_ok(clstep_device_choose(&expected, NULL));
    allocation_fail(1);
    ck_refused(clstep_devices(NULL, 0, &count), CLSTEP_OUT_OF_MEMORY, "memory");
    ck_assert_uint_eq(count, 0);
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        unsigned long needed = allocations();
        clstep_device_choose(&chosen, wishes[i]);
        needed = allocations() - needed;
        ck_assert_uint_gt(needed, 10);
        for (unsigned long place = 1; place <= needed; place++) {
            allocation_fail(place);
            const clstep_status status = clstep_device_choose(&chosen, wishes[i]);
            allocation_fail(0);
            if (i == 0 && status == CLSTEP_OK) { /* what failed was for a message */
                ck_assert_ptr_eq(chosen, expected);
                continue;
            }
            ck_assert_int_eq(status, CLSTEP_OUT_OF_MEMORY);
            ck_assert_str_eq(clstep_last_error()->call, "clstep_device_choose");
            ck_assert_ptr_null(chosen);
        }
    }
}
END_TEST

/* Without any driver the message says what to install. */
START_TEST(no_driver)
{
    setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
    cl_device_id chosen = (void *)&chosen;
    size_t count = 9;
    ck_ok(clstep_devices(NULL, 0, &count));
    ck_assert_uint_eq(count, 0);
    ck_refused(clstep_device_choose(&chosen, NULL), CLSTEP_NO_DEVICE, "pocl-opencl-icd");
    ck_assert_ptr_null(chosen);
}
END_TEST

Suite *choose_suite(void)
{
    Suite *suite = suite_create("choose");
    TCase *tests = tcase_create("choose");
    tcase_add_test(tests, list_and_describe);
    tcase_add_test(tests, number_is_an_index);
    tcase_add_test(tests, by_version);
    tcase_add_test(tests, by_name_index_and_environment);
    tcase_add_test(tests, ranks);
    tcase_add_test(tests, without_memory);
    tcase_add_test(tests, no_driver);
    suite_add_tcase(suite, tests);
    return suite;
}
