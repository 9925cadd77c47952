/* Weights and state that are saved: a resumed run has the bits of one that never stopped, an
 * interrupted one keeps its finished epochs, and what does not fit is refused. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"
#include "tensors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SMALL "train --data @ --batch 48 --hidden 24,12 "

enum { TEXT = 65536 };

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    images_write(folder);
}

/* "CRC-32 of the weights 01234567" */
static const char *checksum(const child *result)
{
    const char *found = strstr(result->out, "CRC-32 of the weights ");
    ck_assert_msg(found, "no checksum in: %s", result->out);
    return found;
}

/* Rules with all kinds of state, in one group and in two. */
static const char *const rules[] = {
    "",
    "--preset torch --momentum 0.9 --centered --weight-decay 1e-3",
    "--rule adam --lr 0.01 --state-dtype 8bit --seed 18446744073709551615",
    "--rule sgd --lr 0.1 --state-dtype bf16 --momentum 0.9",
    "--rule sgd --lr 0.1",
    "--schedule step --period 7 --gamma 0.75 --warmup 3",
};

START_TEST(resumed_is_unbroken)
{
    char line[512];
    child whole, result;
    const char *constant = strstr(rules[_i], "--schedule") ? "" : "--schedule constant";
    snprintf(line, sizeof line, SMALL "%s %s --epochs 3 --save @/whole", rules[_i], constant);
    child_run_well(&whole, folder, line);
    snprintf(line, sizeof line, SMALL "%s %s --epochs 1 --save @/part", rules[_i], constant);
    child_run_well(&result, folder, line);
    ck_assert_str_ne(checksum(&result), checksum(&whole));
    child_run_well(&result, folder, "train --data @ --resume @/part --epochs 2 --save @/part");
    ck_assert_str_ne(checksum(&result), checksum(&whole));
    child_run_well(&result, folder, "train --data @ --resume @/part --epochs 3 --save @/other");
    ck_assert_str_eq(checksum(&result), checksum(&whole));
    ck_same_tensor(folder, "whole", "layer1.weight", "other", "layer1.weight");
    ck_same_tensor(folder, "whole", "layer3.bias", "other", "layer3.bias");
}
END_TEST

/* Until a file has appeared; Check ends the wait for one that never does. */
static void wait_for(const char *name)
{
    char path[2 * FOLDER_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    while (access(path, F_OK) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

START_TEST(interrupted_keeps_epochs)
{
    static const int endings[] = {SIGINT, SIGTERM};
    static char curve[TEXT], picture[4 * TEXT];
    child whole, result;
    child_run_well(&whole, folder, SMALL "--epochs 150");
    child_start(&result, &(child_setup){.folder = folder},
                SMALL "--epochs 150 --save @/saved --csv @/a.csv --plot @/a.svg");
    wait_for("saved");
    ck_assert_int_eq(kill(result.pid, endings[_i]), 0);
    child_wait(&result);
    ck_assert_msg(result.ending == endings[_i], "code %d, %s%s", result.code, result.out,
                  result.err);
    ck_assert_msg(strstr(result.err, "of 150 epochs; `clstep train --resume "), "%s", result.err);
    ck_assert_uint_gt(folder_read(folder, "a.csv", curve, sizeof curve), 40);
    ck_assert_uint_gt(folder_read(folder, "a.svg", picture, sizeof picture), 40);
    child_run_well(&result, folder, "train --data @ --resume @/saved --csv @/b.csv --plot @/b.svg");
    ck_assert_str_eq(checksum(&result), checksum(&whole));
}
END_TEST

/* Rules that have not run have no row in the table, and no curve. */
START_TEST(interrupted_comparison)
{
    static char curve[8 * TEXT];
    child result;
    child_start(&result, &(child_setup){.folder = folder},
                SMALL "--compare --epochs 150 --csv @/a.csv --plot @/a.svg");
    while (!strstr(curve, "RMSprop")) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        ck_assert_int_ge(pread(fileno(result.out_file), curve, TEXT, 0), 0);
    }
    ck_assert_int_eq(kill(result.pid, SIGINT), 0);
    child_wait(&result);
    ck_assert_int_eq(result.ending, SIGINT);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted; epochs that were finished are kept"));
    ck_assert_ptr_null(strstr(result.out, "Adam "));
    folder_read(folder, "a.csv", curve, sizeof curve);
    ck_assert_ptr_nonnull(strstr(curve, "RMSprop,150.0000,"));
    ck_assert_ptr_null(strstr(curve, "Adam,"));
}
END_TEST

/* Before the first epoch has ended there is nothing to keep, and files stay as they were. */
START_TEST(interrupted_at_once)
{
    char text[64];
    child result;
    folder_write(folder, "a.csv", "old", 3);
    child_start(&result, &(child_setup){.folder = folder},
                "train --data @ --batch 1 --hidden 1024,1024 --csv @/a.csv --save @/saved");
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    kill(result.pid, SIGINT);
    child_wait(&result);
    ck_assert_int_eq(result.ending, SIGINT);
    ck_assert_uint_eq(folder_read(folder, "saved", text, sizeof text), 0);
    ck_assert_uint_eq(folder_read(folder, "a.csv", text, sizeof text), 3);
}
END_TEST

/* The state belongs to the parameters in the same file; what apply makes are parameters alone. */
START_TEST(apply_goes_on)
{
    static const entry grads[] = {{"layer1.weight", "F32", {100, 24}, 2, 0.5f},
                                  {"layer1.bias", "F32", {24}, 1, 0.5f}};
    child result;
    char path[2 * FOLDER_PATH];
    clstep_safetensors *made;
    child_run_well(&result, folder, SMALL "--epochs 1 --preset torch --lr 0.01 --save @/saved");
    make_file(folder, "g", grads, 2);
    child_run(&result, folder, NULL,
              "apply --params @/saved --grads @/g --partial --out-params @/p --out-state @/s");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "has taken 6 steps"));
    ck_assert_ptr_nonnull(strstr(result.err, "in the same file"));
    child_run_well(&result, folder,
                   "apply --params @/saved --grads @/g --state @/saved --partial "
                   "--out-params @/p --out-state @/s");
    ck_assert_ptr_nonnull(strstr(result.out, "step 7: 2 tensors"));
    ck_assert_ptr_nonnull(strstr(result.out, "RMSprop, lr 0.01, rho 0.99, eps 1e-08 outside"));
    ck_same_tensor(folder, "saved", "layer2.weight", "p", "layer2.weight");
    ck_same_tensor(folder, "saved", "layer3.bias.square_avg", "s", "layer3.bias.square_avg");
    snprintf(path, sizeof path, "%s/p", folder);
    ck_assert_int_eq(clstep_safetensors_open(&made, path), CLSTEP_OK);
    ck_assert_uint_eq(clstep_safetensors_tensor_count(made), 6);
    ck_assert_str_eq(clstep_safetensors_metadata(made, "clstep.step"), "7");
    ck_assert_ptr_null(clstep_safetensors_metadata_key(made, 1));
    clstep_safetensors_close(made);
    child_run(&result, folder, NULL, "convert --from clstep --to torch --in @/saved --out @/t");
    ck_assert_msg(result.code == 0, "%s", result.err);
}
END_TEST

/* A gradient of a state array is one of no parameter. */
START_TEST(apply_knows_states)
{
    static const entry grads[] = {{"layer1.bias.square_avg", "F32", {24}, 1, 0.5f}};
    child result;
    child_run_well(&result, folder, SMALL "--epochs 1 --save @/saved");
    make_file(folder, "g", grads, 1);
    child_run(&result, folder, NULL,
              "apply --params @/saved --grads @/g --state @/saved --partial --out-params @/p "
              "--out-state @/s");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "has a gradient of \"layer1.bias.square_avg\""));
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *said;
} refusals[] = {
    {"--resume @/saved --lr 1", 2, "leave out --lr"},
    {"--resume @/saved --hidden 5", 2, "leave out --hidden"},
    {"--resume @/saved --seed 5", 2, "leave out --seed"},
    {"--resume @/saved --compare", 2, "either --resume or --compare"},
    {"--resume @/saved --epochs 3", 2, "leave out --epochs"},
    {"--resume @/saved", 2, "has ended with epoch 2; its schedule ends there"},
    {"--resume @/constant", 2, "has ended with epoch 1; give a larger number by --epochs"},
    {"--resume @/none", 1, "/none"},
    {"--resume @/plain", 1, "no checkpoint of clstep"},
    {"--resume @/bare", 1, "no file of `clstep train --save`"},
    {"--resume @/saved --csv @/saved", 2, "--csv and --resume name the same file"},
    {"--save @/x --csv @/x", 2, "--csv and --save name the same file"},
    {"--save @/none/x", 1, "none/x"},
    {"--save -", 2, "--save"},
    {"--compare --save @/x", 2, "leave out --save"},
    {"--sweep --save @/x", 2, "leave out --save"},
};

START_TEST(refuses)
{
    static const entry entries[] = {{"w", "F32", {3}, 1, 0.5f}};
    static const char about[] = "{\"format\": 1, \"step\": 1, \"seed\": 0, \"groups\": "
                                "[{\"preset\": \"sgd\", \"lr\": 0.01, "
                                "\"tensors\": [\"w\"]}]}";
    char before[FOLDER_LISTING], after[FOLDER_LISTING], line[512];
    child result;
    child_run_well(&result, folder, SMALL "--epochs 2 --save @/saved");
    child_run_well(&result, folder, SMALL "--epochs 1 --schedule constant --save @/constant");
    make_file(folder, "plain", entries, 1);
    make_file_of(folder, "bare", entries, 1, NULL, about);
    folder_list(folder, before);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        snprintf(line, sizeof line, "train --data @ %s", refusals[i].line);
        child_run(&result, folder, NULL, line);
        ck_assert_msg(result.code == refusals[i].code && strstr(result.err, refusals[i].said) &&
                          strchr(result.err, '\n') == strrchr(result.err, '\n'),
                      "%s: exit code %d, said %s", line, result.code, result.err);
        ck_assert_str_eq(result.out, "");
    }
    folder_list(folder, after);
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(other_images)
{
    child result;
    idx file;
    child_run_well(&result, folder, SMALL "--epochs 1 --schedule constant --save @/saved");
    images_make(&file, IMAGES_TRAIN);
    file.bytes[100] ^= 1;
    idx_pack(folder, IMAGES_TRAIN_FILE, &file);
    child_run(&result, folder, NULL, "train --data @ --resume @/saved --epochs 2");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "was trained with other images"));
}
END_TEST

START_TEST(tells_the_rule)
{
    child result;
    child_run_well(
        &result, folder,
        SMALL
        "--epochs 1 --preset keras --momentum 0.5 --centered --variance recursion --weight-decay "
        "0.01 --state-dtype bf16 --schedule constant");
    static const char *const told[] = {"RMSprop (preset keras)",
                                       "lr 0.001",
                                       "rho 0.9",
                                       "eps 1e-07 inside the root",
                                       "momentum 0.5 (lr inside)",
                                       "weight decay 0.01 (decoupled)",
                                       "centered (variance by recursion)",
                                       "grad_var, grad_avg, momentum_buffer in bf16",
                                       "parameters in fp32",
                                       "schedule constant"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        ck_assert_msg(strstr(result.out, told[i]), "no \"%s\" in %s", told[i], result.out);
}
END_TEST

Suite *train_saved_suite(void)
{
    Suite *suite = suite_create("train: saved");
    TCase *tests = tcase_create("saved");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_loop_test(tests, resumed_is_unbroken, 0, sizeof rules / sizeof *rules);
    tcase_add_loop_test(tests, interrupted_keeps_epochs, 0, 2);
    tcase_add_test(tests, interrupted_comparison);
    tcase_add_test(tests, interrupted_at_once);
    tcase_add_test(tests, apply_goes_on);
    tcase_add_test(tests, apply_knows_states);
    tcase_add_test(tests, refuses);
    tcase_add_test(tests, other_images);
    tcase_add_test(tests, tells_the_rule);
    suite_add_tcase(suite, tests);
    return suite;
}
