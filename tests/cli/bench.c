/* `clstep bench`: what it takes and prints. How fast anything is, is not tested. */
#include "child.h"
#include "folder.h"
#include "suites.h"

#include <clstep/rule.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 262144 };

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
}

/* The object of a line, and what follows; NULL past the last. */
static json_t *next_object(const char **text)
{
    const char *end = strchr(*text, '\n');
    json_error_t error;
    if (!end) {
        ck_assert_str_eq(*text, "");
        return NULL;
    }
    json_t *object = json_loadb(*text, (size_t)(end - *text), JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json_is_object(object), "%s: %s", error.text, *text);
    *text = end + 1;
    return object;
}

static double number_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(json_is_number(value), "no number %s", name);
    return json_number_value(value);
}

static const char *text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(json_is_string(value), "no text %s", name);
    return json_string_value(value);
}

/* ---- what it takes ------------------------------------------------------------------------- */

static const struct {
    const char *line;
    const char *said;
} wrong[] = {
    {"bench extra", "extra"},
    {"bench --nonesuch", "nonesuch"},
    {"bench --elements", "--elements needs a value"},
    {"bench --elements 0", "--elements takes a whole number from 16 to 1099511627776, not '0'"},
    {"bench --elements 15", "--elements takes a whole number from 16 to 1099511627776, not '15'"},
    {"bench --elements 1X",
     "--elements takes a whole number from 16 to 1099511627776, such as 64K, 1M or 2G, not '1X'"},
    {"bench --elements -1", "--elements takes a whole number from 16 to 1099511627776, not '-1'"},
    {"bench --elements 1K,,2K", "--elements takes a whole number from 16 to 1099511627776, not ''"},
    {"bench --elements 1K,", "--elements takes a whole number from 16 to 1099511627776, not ''"},
    {"bench --elements 2000000000G", "--elements takes"},
    {"bench --elements 99999999999G", "--elements takes"},
    {"bench --model nonesuch", "no model \"nonesuch\""},
    {"bench --model gpt2,3x", "no model \"3x\""},
    {"bench --model x3", "no model \"x3\""},
    {"bench --model 0x3", "no model \"0x3\""},
    {"bench --model 3x0", "no model \"3x0\""},
    {"bench --model 16777216x1099511627776", "no model"},
    {"bench --model 3x5", "fewer than 16 elements"},
    {"bench --model 1x16,all,all,all,all,all,all,all,all,all,all", "at most 64 models"},
    {"bench --repeats 0", "--repeats takes a whole number from 1 to 1000, not '0'"},
    {"bench --repeats 1000000", "--repeats"},
    {"bench --preset nonesuch", "nonesuch"},
    {"bench --rule nonesuch", "nonesuch"},
    {"bench --rule sgd --preset torch", "either --rule or --preset"},
    {"bench --momentum -2", "momentum"},
    {"bench --elements 1K --vector-width 3", "--vector-width must be"},
    {"bench --vector-width 17", "--vector-width"},
    {"bench --elements 1K --chunk 17", "--chunk must be"},
    {"bench --peers --rule adam", "--peers"},
    {"bench --peers --momentum 0.9", "--peers"},
    {"bench --peers --model dqn", "--peers"},
    {"bench --peers --own-buffers", "--peers"},
    {"bench --host --start", "either --host or --start"},
    {"bench --host --csv @/a.csv", "--host has no use for --csv"},
    {"bench --start --model gpt2", "--start has no use for --model"},
    {"bench --models --plot @/a.svg", "--models has no use for --plot"},
    {"bench --formats fp8", "--formats takes fp32, bf16, 8bit or all"},
    {"bench --plot @/a.txt", ".svg or .png"},
    {"bench --csv @/a.svg --plot @/a.svg", "same file"},
};

START_TEST(refuses)
{
    child result;
    char listing[FOLDER_LISTING];
    child_run(&result, folder, NULL, wrong[_i].line);
    ck_assert_msg(result.code == 2, "%s: exit code %d, %s", wrong[_i].line, result.code,
                  result.err);
    ck_assert_msg(strstr(result.err, wrong[_i].said), "%s: said %s", wrong[_i].line, result.err);
    ck_assert_msg(strncmp(result.err, "clstep: ", 8) == 0, "said %s", result.err);
    ck_assert_ptr_eq(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
    ck_assert_str_eq(result.out, "");
    folder_list(folder, listing);
    ck_assert_str_eq(listing, "");
}
END_TEST

/* ---- models -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    double tensors, elements;
} totals[] = {{"flat", 1, 67108864},         {"resnet50", 161, 25557032},
              {"gpt2", 148, 124439808},      {"efficientnet-b0", 213, 5288548},
              {"dqn", 10, 1693362},          {"10000x4096", 10000, 40960000},
              {"40000x256", 40000, 10240000}};

/* The totals are those that are published, or that other implementations count. */
START_TEST(models_have_their_totals)
{
    child result;
    child_run_well(&result, folder, "bench --models --json");
    const char *text = result.out;
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        json_t *object = next_object(&text);
        ck_assert_ptr_nonnull(object);
        ck_assert_str_eq(text_of(object, "model"), totals[i].name);
        ck_assert_double_eq(number_of(object, "tensors"), totals[i].tensors);
        ck_assert_double_eq(number_of(object, "elements"), totals[i].elements);
        json_decref(object);
    }
    ck_assert_str_eq(text, "");
    child_run_well(&result, folder, "bench --models");
    ck_assert_ptr_nonnull(strstr(result.out, "\nresnet50             161 tensors    25557032 "));
}
END_TEST

/* ---- rows ---------------------------------------------------------------------------------- */

static const char *const texts[] = {"model",       "rule",    "param_dtype", "grad_dtype",
                                    "state_dtype", "buffers", "versus",      "limit_variant",
                                    "platform",    "device",  "driver"};
static const char *const positive[] = {
    "elements",   "tensors",   "rounds",    "bytes_per_element", "gbps",
    "limit_gbps", "share",     "share_low", "share_high",        "elements_per_s",
    "ratio",      "ratio_low", "launches",  "ratio_high",        "update_us",
    "host_us",    "first_ms",  "again_ms",  "best_gbps",         "best_limit_gbps"};

static void check_row(const json_t *object)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_of(object, texts[i]);
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        ck_assert_msg(number_of(object, positive[i]) > 0, "%s is not above 0", positive[i]);
    ck_assert(number_of(object, "state_bytes_per_element") >= 0);
    ck_assert(number_of(object, "limit_moved") >= 0);
    ck_assert(number_of(object, "share_low") <= number_of(object, "share"));
    ck_assert(number_of(object, "share_high") >= number_of(object, "share"));
    /* What belongs together agrees. */
    const double bytes = number_of(object, "bytes_per_element");
    const double rate = number_of(object, "elements_per_s");
    ck_assert_double_eq_tol(number_of(object, "gbps") / (rate * bytes * 1e-9), 1, 1e-6);
}

/* RMSprop's rows by their states, then each other rule as its name alone stands for it. */
static const struct {
    const char *rule;
    double states;
} of_rmsprop[] = {
    {"rmsprop", 1}, {"rmsprop momentum", 2}, {"rmsprop centred", 2}, {"rmsprop both", 3}};
enum { OF_RMSPROP = sizeof of_rmsprop / sizeof *of_rmsprop };

static size_t count_rows(void)
{
    size_t kinds = 0;
    while (clstep_rule_kind(kinds))
        kinds++;
    return kinds - 1 + OF_RMSPROP;
}

static void check_rule(const json_t *object, size_t row)
{
    const clstep_rule_info *kind = clstep_rule_kind(row < OF_RMSPROP ? 0 : row - OF_RMSPROP + 1);
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, kind->preset), CLSTEP_OK);
    size_t kept = 0;
    while (clstep_rule_state_name(&rule, kept))
        kept++;
    const double states = row < OF_RMSPROP ? of_rmsprop[row].states : (double)kept;
    ck_assert_str_eq(text_of(object, "rule"), row < OF_RMSPROP ? of_rmsprop[row].rule : kind->name);
    ck_assert_double_eq(number_of(object, "bytes_per_element"), 12 + 8 * states);
    ck_assert_double_eq(number_of(object, "state_bytes_per_element"), 4 * states);
    const json_t *arithmetic = json_object_get(object, "arithmetic_gbps");
    ck_assert(clstep_rule_has(&rule, "eps") ? json_number_value(arithmetic) > 0
                                            : json_is_null(arithmetic));
}

START_TEST(measures_all_rules)
{
    child result;
    child_run_well(&result, folder, "bench --elements 1000,20K --repeats 3 --json");
    const char *text = result.out;
    for (size_t i = 0; i < 2 * count_rows(); i++) {
        const size_t row = i % count_rows();
        json_t *object = next_object(&text);
        ck_assert_ptr_nonnull(object);
        check_row(object);
        check_rule(object, row);
        ck_assert_str_eq(text_of(object, "model"), "flat");
        ck_assert_double_eq(number_of(object, "elements"), i == row ? 1000 : 20480);
        ck_assert_double_eq(number_of(object, "launches"), 1);
        ck_assert_double_eq(number_of(object, "rounds"), 3);
        ck_assert_str_eq(text_of(object, "versus"), "");
        json_decref(object);
    }
    ck_assert_str_eq(text, "");
}
END_TEST

/* The smallest model, tails of every vector width, one buffer and one for each tensor, which are as
 * many as a launch can serve (32) and more. */
static const struct {
    const char *line;
    const char *model, *rule, *buffers;
    double elements, tensors;
} shapes[] = {
    {"--elements 16 --preset torch", "flat", "torch", "shared", 16, 1},
    {"--elements 65551 --rule adamw", "flat", "adamw", "shared", 65551, 1},
    {"--model 20x33 --rule sgd --momentum 0.9", "20x33", "sgd momentum", "shared", 660, 20},
    {"--model 20x33 --own-buffers --rule adam", "20x33", "adam", "own", 660, 20},
    {"--model 40x33 --own-buffers --rule adam", "40x33", "adam", "own", 1320, 40},
    {"--model 1x99 --own-buffers --centered", "1x99", "hinton centred", "own", 99, 1},
    {"--model dqn --rule rmsprop", "dqn", "rmsprop", "shared", 1693362, 10},
    {"--model 3x7777 --preset keras --vector-width 4 --work-group 32 --chunk 64", "3x7777", "keras",
     "shared", 23331, 3},
};

START_TEST(measures_formats)
{
    static const struct {
        const char *param, *state;
    } expected[] = {{"fp32", "fp32"}, {"bf16", "bf16"}, {"bf16", "8bit"}};
    child result;
    child_run_well(&result, folder,
                   "bench --elements 20K --repeats 3 --rule adam --formats all --json");
    const char *text = result.out;
    for (size_t i = 0; i < 3; i++) {
        json_t *object = next_object(&text);
        ck_assert_ptr_nonnull(object);
        check_row(object);
        ck_assert_str_eq(text_of(object, "param_dtype"), expected[i].param);
        ck_assert_str_eq(text_of(object, "state_dtype"), expected[i].state);
        ck_assert_str_eq(text_of(object, "versus"), i ? "fp32" : "");
        ck_assert(number_of(object, "arithmetic_gbps") > 0);
        json_decref(object);
    }
    ck_assert_ptr_null(next_object(&text));
}
END_TEST

START_TEST(measures_models)
{
    child result;
    char line[256];
    snprintf(line, sizeof line, "bench --repeats 2 --json %s", shapes[_i].line);
    child_run_well(&result, folder, line);
    const char *text = result.out;
    json_t *object = next_object(&text);
    ck_assert_ptr_nonnull(object);
    ck_assert_str_eq(text, "");
    check_row(object);
    ck_assert_str_eq(text_of(object, "model"), shapes[_i].model);
    ck_assert_str_eq(text_of(object, "rule"), shapes[_i].rule);
    ck_assert_str_eq(text_of(object, "buffers"), shapes[_i].buffers);
    ck_assert_double_eq(number_of(object, "elements"), shapes[_i].elements);
    ck_assert_double_eq(number_of(object, "tensors"), shapes[_i].tensors);
    const int alone = shapes[_i].tensors == 1 && strcmp(shapes[_i].buffers, "shared") == 0;
    ck_assert_str_eq(text_of(object, "versus"), alone ? "" : "flat");
    const int is_beyond = strcmp(shapes[_i].buffers, "own") == 0 && shapes[_i].tensors > 32;
    ck_assert_double_eq(number_of(object, "launches"), is_beyond ? 2 : 1);
    json_decref(object);
}
END_TEST

/* Parameters, gradients and state as large as the device's largest buffer, of which PoCL has a
 * quarter of this memory. */
START_TEST(measures_the_largest_buffers)
{
    static child result;
    setenv("HWLOC_SYNTHETIC", "NUMANode:1(memory=1073741824) core:2 pu:1", 1);
    child_run(&result, folder, NULL, "bench --rule rmsprop --elements 64M --repeats 1");
    unsetenv("HWLOC_SYNTHETIC");
    ck_assert_msg(result.code == 0, "exit code %d, %s", result.code, result.err);
}
END_TEST

START_TEST(measures_peers)
{
    static const double launches[] = {1, 5, 3};
    child result;
    child_run_well(&result, folder,
                   "bench --elements 4099 --rule rmsprop --peers --repeats 3 --json");
    const char *text = result.out;
    for (size_t i = 0; i < 3; i++) {
        json_t *object = next_object(&text);
        ck_assert_ptr_nonnull(object);
        ck_assert_double_eq(number_of(object, "launches"), launches[i]);
        ck_assert_str_eq(text_of(object, "versus"), i ? "fused" : "");
        ck_assert(json_is_null(json_object_get(object, "first_ms")) == (i > 0));
        ck_assert_int_eq(strncmp(text_of(object, "rule"), i ? "CLBlast " : "rmsprop", 7), 0);
        json_decref(object);
    }
    ck_assert_str_eq(text, "");
    child_run_well(&result, folder, "bench --elements 4099 --preset torch --peers --repeats 1");
    ck_assert_ptr_nonnull(strstr(result.out, "\nCLBlast had axpy "));
}
END_TEST

START_TEST(prints_tables)
{
    child result;
    child_run_well(&result, folder,
                   "bench --elements 4K --model 5x1000 --repeats 1 --rule adagrad");
    ck_assert_ptr_nonnull(strstr(result.out, " compute unit"));
    ck_assert_ptr_nonnull(strstr(result.out, "\nflat: 4096 elements in 1 tensor\n"));
    ck_assert_ptr_nonnull(strstr(result.out, "\n5x1000: 5000 elements in 5 tensors\n"));
    ck_assert_ptr_nonnull(strstr(result.out, "\nadagrad "));
}
END_TEST

/* ---- other modes --------------------------------------------------------------------------- */

START_TEST(measures_the_host)
{
    child result;
    child_run_well(&result, folder, "bench --host --json");
    const char *text = result.out;
    size_t lines = 0;
    for (json_t *object; (object = next_object(&text)); lines++) {
        ck_assert_str_ne(text_of(object, "host"), "");
        ck_assert(number_of(object, "step_us") > 0);
        ck_assert(number_of(object, "empty_us") > 0);
        ck_assert(number_of(object, "same_us") > 0);
        ck_assert(number_of(object, "ratio") > 0);
        ck_assert(number_of(object, "same_ratio") > 0);
        ck_assert(number_of(object, "launches") >= 1);
        json_decref(object);
    }
    ck_assert_uint_eq(lines, 5);
    child_run_well(&result, folder, "bench --host --rule sgd");
    ck_assert_ptr_nonnull(strstr(result.out, "\nenqueue, 148 tensors "));
}
END_TEST

START_TEST(measures_the_start)
{
    child result;
    child_run_well(&result, folder, "bench --start --json --rule adam");
    const char *text = result.out;
    json_t *object = next_object(&text);
    ck_assert_str_eq(text_of(object, "start"), "adam");
    ck_assert(number_of(object, "open_ms") > 0);
    ck_assert(number_of(object, "first_ms") > 0);
    json_decref(object);
    ck_assert_str_eq(text, "");
}
END_TEST

Suite *bench_suite(void)
{
    Suite *suite = suite_create("bench");
    TCase *tests = tcase_create("bench");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_loop_test(tests, refuses, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, models_have_their_totals);
    tcase_add_test(tests, measures_all_rules);
    tcase_add_test(tests, measures_formats);
    tcase_add_loop_test(tests, measures_models, 0, sizeof shapes / sizeof *shapes);
    tcase_add_test(tests, measures_the_largest_buffers);
    tcase_add_test(tests, measures_peers);
    tcase_add_test(tests, prints_tables);
    tcase_add_test(tests, measures_the_host);
    tcase_add_test(tests, measures_the_start);
    suite_add_tcase(suite, tests);
    return suite;
}
