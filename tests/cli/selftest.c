/* `selftest`: what it prints, and how it ends on devices of both kinds. */
#include "child.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static const char line[] = "selftest --quick --preset hinton";

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static const char *last_line(const char *text)
{
    const char *last = text;
    for (const char *at = text; *at; at++) {
        if (at[0] == '\n' && at[1])
            last = at + 1;
    }
    return last;
}

/* The row of a name, which begins a line. */
static const char *row_of(const char *text, const char *name)
{
    for (const char *at = text; at; at = strchr(at, '\n'), at += at != NULL) {
        if (strncmp(at, name, strlen(name)) == 0 && at[strlen(name)] == ' ')
            return at;
    }
    ck_abort_msg("no row of %s in: %s", name, text);
}

START_TEST(prints_a_table)
{
    child result;
    child_run(&result, "", NULL, line);
    ck_assert_msg(result.code == 0, "exit code %d: %s%s", result.code, result.out, result.err);
    ck_assert_str_eq(result.err, "");
    ck_assert_int_eq(strncmp(last_line(result.out), "bit-exact on this device", 24), 0);
    static const char *const rows[] = {"hinton", "all"};
    for (size_t i = 0; i < 2; i++) {
        unsigned long long cases, compared, different;
        const char *row = row_of(result.out, rows[i]) + strlen(rows[i]);
        ck_assert_int_eq(sscanf(row, "%llu %llu %llu", &cases, &compared, &different), 3);
        ck_assert_uint_eq(cases, 1);
        ck_assert_uint_gt(compared, 5000);
        ck_assert_uint_eq(different, 0);
    }
    ck_assert_ptr_nonnull(strstr(result.out, "\nThe device reports "));
    ck_assert_ptr_nonnull(strstr(result.out, "\nsubnormal numbers "));
}
END_TEST

/* Formats and addresses with one preset, and without any. */
START_TEST(formats_and_addresses)
{
    static const struct {
        const char *line;
        unsigned long long presets;
    } lines[] = {{"selftest --quick --formats", 0},
                 {"selftest --quick --formats --preset hinton", 1}};
    child result;
    child_run(&result, "", NULL, lines[_i].line);
    ck_assert_msg(result.code == 0, "exit code %d: %s%s", result.code, result.out, result.err);
    ck_assert_str_eq(result.err, "");
    unsigned long long cases, compared, different, formats;
    const char *row = row_of(result.out, "formats") + strlen("formats");
    ck_assert_int_eq(sscanf(row, "%llu %llu %llu", &formats, &compared, &different), 3);
    ck_assert_uint_gt(formats, 0);
    ck_assert_uint_gt(compared, 10000);
    ck_assert_uint_eq(different, 0);
    const unsigned long long addresses = !strstr(result.out, "Left out: buffers by addresses");
    ck_assert_int_eq(strstr(result.out, "\naddresses ") != NULL, addresses > 0);
    ck_assert_int_eq(sscanf(row_of(result.out, "all") + 3, "%llu", &cases), 1);
    ck_assert_uint_eq(cases, lines[_i].presets + formats + addresses);
    ck_assert_int_eq(strncmp(last_line(result.out), "bit-exact on this device", 24), 0);
}
END_TEST

static const struct {
    const char *hide;
    const char *options;
    int code;
    const char *verdict;
    const char *said;
    const char *more; /* options */
} devices[] = {
    {"0x81", "", 0, "bit-exact", "reports approximate divide and sqrt; subnormal numbers may be",
     ""},
    {"0x01", "-cl-denorms-are-zero", 0, "within 64 ulp: this device flushes subnormal numbers",
     "differ because subnormal ones are not kept", ""},
    {"0", "-cl-denorms-are-zero", 1, "failed: ", "but flushes subnormal numbers to 0", ""},
    {"0x01", "-cl-denorms-are-zero", 0, "within 64 ulp: this device flushes subnormal numbers",
     "Left out: formats of fewer bits with other rules than SGD", " --formats"},
    {"0x01", "-cl-denorms-are-zero", 0, "within 64 ulp: this device flushes subnormal numbers",
     "Left out: subnormal numbers", " --formats"},
    {"0", "-cl-denorms-are-zero", 1,
     "failed: ", "differ in other formats than fp32, where none may", " --formats"},
};

/* The OpenCL layer, which the loader loads into the child, makes the device poorer. */
START_TEST(poorer_devices)
{
    const char *layer = getenv("CLSTEP_LAYER");
    ck_assert_msg(layer != NULL, "CLSTEP_LAYER must name layer.so; make check-cli sets it");
    setenv("OPENCL_LAYERS", layer, 1);
    setenv("CLSTEP_LAYER_HIDE", devices[_i].hide, 1);
    setenv("CLSTEP_LAYER_OPTIONS", devices[_i].options, 1);
    child result;
    char with_more[80];
    snprintf(with_more, sizeof with_more, "%s%s", line, devices[_i].more);
    child_run(&result, "", NULL, with_more);
    ck_assert_msg(result.code == devices[_i].code, "exit code %d: %s%s", result.code, result.out,
                  result.err);
    const char *verdict = last_line(result.out);
    ck_assert_msg(strncmp(verdict, devices[_i].verdict, strlen(devices[_i].verdict)) == 0,
                  "said %s", verdict);
    ck_assert_msg(strstr(result.out, devices[_i].said), "said %s", result.out);
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *said;
} wrong[] = {
    {"selftest extra", 2, "extra"},
    {"selftest --nonesuch", 2, "--nonesuch"},
    {"selftest --device", 2, "needs a value"},
    {"selftest --quick=1", 2, "takes no value"},
    {"selftest --preset nonesuch", 2, "nonesuch"},
    {"selftest --device 4000", 1, "4000"},
};

START_TEST(refuses)
{
    child result;
    child_run(&result, "", NULL, wrong[_i].line);
    ck_assert_msg(result.code == wrong[_i].code, "%s: exit code %d, %s", wrong[_i].line,
                  result.code, result.err);
    ck_assert_msg(strstr(result.err, wrong[_i].said), "%s: said %s", wrong[_i].line, result.err);
    ck_assert_uint_eq(count_lines(result.err), 1);
    ck_assert_str_eq(result.out, "");
}
END_TEST

START_TEST(tells_its_options)
{
    child result;
    child_run(&result, "", NULL, "selftest --help");
    ck_assert_int_eq(result.code, 0);
    ck_assert_int_eq(strncmp(result.out, "usage: clstep selftest", 22), 0);
}
END_TEST

START_TEST(says_that_output_is_lost)
{
    child result;
    child_run_as(&result, &(child_setup){.folder = "", .output = "/dev/full"}, line);
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "cannot write to standard output"));
}
END_TEST

Suite *selftest_suite(void)
{
    Suite *suite = suite_create("selftest");
    TCase *tests = tcase_create("selftest");
    tcase_add_test(tests, prints_a_table);
    tcase_add_loop_test(tests, formats_and_addresses, 0, 2);
    tcase_add_loop_test(tests, poorer_devices, 0, sizeof devices / sizeof *devices);
    tcase_add_loop_test(tests, refuses, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, tells_its_options);
    tcase_add_test(tests, says_that_output_is_lost);
    suite_add_tcase(suite, tests);
    return suite;
}
