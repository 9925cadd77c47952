/* The files of `clstep bench`. */
#include "child.h"
#include "folder.h"
#include "suites.h"
#include "tensors.h"

#include <clstep/rule.h>
#include <jansson.h>
#include <string.h>

enum { TEXT = 262144, RULES = 7 };

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
}

#define ROWS "bench --elements 4K,8K --repeats 1 "

static size_t count_in(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == wanted;
    return count;
}

START_TEST(writes_files)
{
    static char text[TEXT];
    done(folder, ROWS "--peers --csv @/a.csv --plot @/a.svg --json");
    folder_read(folder, "a.csv", text, TEXT);
    size_t kinds = 0; /* rules, of which RMSprop has four rows */
    while (clstep_rule_kind(kinds))
        kinds++;
    const size_t rows = 2 * (kinds + 3 + 2);
    ck_assert_uint_eq(count_in(text, '\n'), 1 + rows);
    ck_assert_int_eq(strncmp(text, "model,rule,param_dtype,", 23), 0);
    ck_assert_ptr_nonnull(strstr(text, "\n\"flat\",\"rmsprop both\",\"fp32\","));
    char *heading = strtok(text, "\n");
    const size_t commas = count_in(heading, ',');
    for (char *line; (line = strtok(NULL, "\n"));)
        ck_assert_uint_ge(count_in(line, ','), commas);
    folder_read(folder, "a.svg", text, TEXT);
    ck_assert_ptr_nonnull(strstr(text, "rmsprop centred"));
    ck_assert_ptr_nonnull(strstr(text, "elements of one flat tensor"));
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    done(folder, "bench --model 5x1000 --repeats 1 --rule adam --plot @/b.svg");
    folder_read(folder, "b.svg", text, TEXT);
    ck_assert_ptr_nonnull(strstr(text, "5x1000 adam"));
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    done(folder, "bench --elements 4K --repeats 1 --rule sgd --plot @/b.png");
    folder_read(folder, "b.png", text, TEXT);
    ck_assert_int_eq(memcmp(text, "\x89PNG", 4), 0);
}
END_TEST

/* The members of every line of --json, in order, and the heading of --csv. */
static const char names[] =
    "model,rule,param_dtype,grad_dtype,state_dtype,elements,tensors,buffers,rounds,"
    "bytes_per_element,state_bytes_per_element,gbps,limit_gbps,arithmetic_gbps,best_gbps,"
    "best_limit_gbps,elements_per_s,share,share_low,share_high,versus,ratio,ratio_low,ratio_high,"
    "launches,update_us,host_us,first_ms,again_ms,limit_variant,limit_moved,platform,device,driver,"
    "compute_units,clock_mhz,memory_gib";

static void check_members(const char *line)
{
    char found[sizeof names + 64] = "";
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error), *value;
    const char *name;
    ck_assert_msg(json_is_object(object), "%s: %s", error.text, line);
    json_object_foreach(object, name, value)
    {
        strncat(found, found[0] ? "," : "", sizeof found - 1 - strlen(found));
        strncat(found, name, sizeof found - 1 - strlen(found));
    }
    ck_assert_str_eq(found, names);
    json_decref(object);
}

START_TEST(names_are_fixed)
{
    static char text[TEXT];
    static child result;
    child_run(&result, folder, NULL, ROWS "--peers --csv @/a.csv --json");
    ck_assert_int_eq(result.code, 0);
    size_t lines = 0;
    for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n"), lines++)
        check_members(line);
    folder_read(folder, "a.csv", text, TEXT);
    ck_assert_uint_eq(count_in(text, '\n'), 1 + lines);
    ck_assert_str_eq(strtok(text, "\n"), names);
}
END_TEST

/* Told before anything is measured. */
START_TEST(cannot_write)
{
    char listing[FOLDER_LISTING];
    child result;
    folder_write(folder, "a.csv", "old", 3);
    child_run(&result, folder, NULL, ROWS "--csv @/nowhere/a.csv");
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "nowhere/a.csv"));
    child_run(&result, folder, "/nonexistent", ROWS "--csv @/a.csv --plot @/a.svg");
    ck_assert_int_eq(result.code, 1);
    ck_assert_str_eq(result.out, "");
    ck_assert_ptr_nonnull(strstr(result.err, "gnuplot"));
    child_run(&result, folder, NULL, ROWS "--csv @/a.csv --device 4000");
    ck_assert_int_ne(result.code, 0);
    child_run(&result, folder, NULL, ROWS "--csv @/a.csv --model 100000x1000000");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "this device's largest is"));
    folder_list(folder, listing);
    ck_assert_str_eq(listing, "a.csv 3\n");
}
END_TEST

Suite *bench_files_suite(void)
{
    Suite *suite = suite_create("bench_files");
    TCase *tests = tcase_create("bench_files");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, writes_files);
    tcase_add_test(tests, names_are_fixed);
    tcase_add_test(tests, cannot_write);
    suite_add_tcase(suite, tests);
    return suite;
}
