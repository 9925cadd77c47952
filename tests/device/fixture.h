/*
 * A device, a context and a queue for the tests that need them. OpenCL is touched in checked
 * fixtures only, that is, in the child that Check forks for each test: PoCL does not survive
 * fork().
 */
#ifndef TESTS_DEVICE_FIXTURE_H
#define TESTS_DEVICE_FIXTURE_H

#include <check.h>
#include <clstep/clstep.h>

typedef struct {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue; /* in-order */
    clstep_engine *engine;
} fixture;

extern fixture the;

/* For tcase_add_checked_fixture(). */
void fixture_open(void);
/* The same on a PoCL that believes to have 128 GiB. */
void fixture_open_large(void);
void fixture_close(void);

/* Fails the test, with the library's message, unless `status` is CLSTEP_OK. */
#define ck_ok(call)                                                                                \
    do {                                                                                           \
        clstep_status ck_status = (call);                                                          \
        ck_assert_msg(ck_status == CLSTEP_OK, "%s: %s: %s", #call, clstep_status_name(ck_status),  \
                      clstep_last_error()->message);                                               \
    } while (0)
#define ck_cl(call)                                                                                \
    do {                                                                                           \
        cl_int ck_code = (call);                                                                   \
        ck_assert_msg(ck_code == CL_SUCCESS, "%s: OpenCL code %d", #call, (int)ck_code);           \
    } while (0)
/* The call must fail with `wanted` and a message that contains `part`. */
#define ck_refused(call, wanted, part)                                                             \
    do {                                                                                           \
        clstep_status ck_status = (call);                                                          \
        ck_assert_msg(ck_status == (wanted), "%s: %s instead of %s", #call,                        \
                      clstep_status_name(ck_status), #wanted);                                     \
        ck_assert_msg(strstr(clstep_last_error()->message, part), "no \"%s\" in: %s", part,        \
                      clstep_last_error()->message);                                               \
    } while (0)

/* A rule from a preset. */
clstep_rule preset_rule(const char *name);

/* The steps that an optimizer counts. */
uint64_t steps_of(const clstep_optimizer *optimizer);

/* A buffer of `count` floats, of 0 where `contents` is NULL. */
cl_mem make_buffer(const float *contents, size_t count);
void read_buffer(cl_mem buffer, size_t offset, float *to, size_t count);
void write_buffer(cl_mem buffer, size_t offset, const float *from, size_t count);

/* Counters that outlive the children; printed by the runner at the end. */
typedef struct {
    unsigned long long compared; /* elements, of parameters and state, after every step */
    unsigned long long different;
    unsigned long long cases;
} tally;

extern tally *totals;

/* The suites, each in the file of its name. */
Suite *addresses_suite(void);
Suite *averages_suite(void);
Suite *blob_suite(void);
Suite *calls_suite(void);
Suite *checkpoint_suite(void);
Suite *checkpoint_counts_suite(void);
Suite *checkpoint_formats_suite(void);
Suite *checkpoint_match_suite(void);
Suite *checkpoint_overflow_suite(void);
Suite *checkpoint_params_suite(void);
Suite *checkpoint_random_suite(void);
Suite *checkpoint_refused_suite(void);
Suite *choose_suite(void);
Suite *clip_cases_suite(void);
Suite *clip_suite(void);
Suite *control_faults_suite(void);
Suite *control_suite(void);
Suite *conversions_suite(void);
Suite *events_suite(void);
Suite *exact_suite(void);
Suite *failed_steps_suite(void);
Suite *failed_launches_suite(void);
Suite *failure_suite(void);
Suite *first_element_suite(void);
Suite *queries_suite(void);
Suite *formats_suite(void);
Suite *given_state_suite(void);
Suite *inputs_suite(void);
Suite *many_suite(void);
Suite *outliers_suite(void);
Suite *rates_suite(void);
Suite *refusal_suite(void);
Suite *scales_suite(void);
Suite *selftest_suite(void);
Suite *selftest_parts_suite(void);
Suite *selftest_plants_suite(void);
Suite *shapes_suite(void);
Suite *sized_suite(void);
Suite *soft_double_suite(void);
Suite *startup_suite(void);
Suite *storage_suite(void);
Suite *sweep_suite(void);
Suite *tuning_suite(void);

#endif
