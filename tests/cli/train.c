/* Training itself, on a small data set that is easily learned. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL "train --data @ --batch 32 --hidden 24 "

enum { TEXT = 65536 };

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    images_write(folder);
}

static const char *last_line(const char *text)
{
    const char *line = text, *next;
    while ((next = strchr(line, '\n')) && next[1] != '\0')
        line = next + 1;
    return line;
}

/* A field of the row of a CSV file, counted from 0; the header is row 0. */
static double field(const char *text, size_t row, size_t column)
{
    for (; row > 0; row--) {
        text = strchr(text, '\n');
        ck_assert_ptr_nonnull(text++);
    }
    for (; column > 0; column--) {
        text = strchr(text, ',');
        ck_assert_ptr_nonnull(text++);
    }
    return strtod(text, NULL);
}

static size_t rows_of(const char *text)
{
    size_t rows = 0;
    for (; *text; text++)
        rows += *text == '\n';
    return rows;
}

/* 5 epochs of 8 steps, each step a point. */
START_TEST(learns_and_repeats)
{
    static char curve[TEXT], again[TEXT], picture[TEXT];
    child first, result;
    child_run_well(&first, folder,
                   SMALL "--epochs 5 --seed 7 --lr 0.003 --csv @/a.csv --plot @/a.svg");
    folder_read(folder, "a.csv", curve, TEXT);
    ck_assert_ptr_nonnull(strstr(first.out, "100-24-10"));
    ck_assert_int_eq(strncmp(curve, "epoch,step,lr,train_loss,test_accuracy\n", 39), 0);
    ck_assert_uint_eq(rows_of(curve), 41);
    ck_assert_double_eq(field(curve, 40, 0), 5);
    ck_assert_double_eq(field(curve, 40, 1), 40);
    ck_assert_double_lt(field(curve, 40, 3), 0.5 * field(curve, 1, 3));
    ck_assert_double_gt(field(curve, 40, 4), 0.9);

    folder_read(folder, "a.svg", picture, TEXT);
    ck_assert_ptr_nonnull(strstr(picture, "<svg"));
    ck_assert_ptr_nonnull(strstr(picture, "</svg>"));
    ck_assert_ptr_nonnull(strstr(picture, "training loss"));

    child_run_well(&result, folder, SMALL "--epochs 5 --seed 7 --lr 0.003 --csv @/b.csv");
    folder_read(folder, "b.csv", again, TEXT);
    ck_assert_str_eq(last_line(result.out), last_line(first.out));
    ck_assert_str_eq(again, curve);

    child_run_well(&result, folder, SMALL "--epochs 5 --seed 8 --lr 0.003 --csv @/a.csv");
    folder_read(folder, "a.csv", again, TEXT);
    ck_assert_str_ne(last_line(result.out), last_line(first.out));
    ck_assert_str_ne(again, curve);
}
END_TEST

/* Two groups, two hidden layers, a last batch of 56 images, files that are not packed, a picture
 * over an old one. */
START_TEST(takes_other_paths)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G'};
    static char picture[4 * TEXT];
    child result;
    idx file;
    char path[2 * FOLDER_PATH];
    labels_make(&file, IMAGES_TEST);
    snprintf(path, sizeof path, "%s/%s", folder, LABELS_TEST_FILE);
    ck_assert_int_eq(unlink(path), 0);
    folder_write(folder, "t10k-labels-idx1-ubyte", file.bytes, file.size);
    folder_write(folder, "a.png", "old", 3);
    child_run_well(&result, folder,
                   "train --data @ --batch 100 --hidden 16,12 --epochs 2 --preset torch --momentum "
                   "0.9 --centered --weight-decay 1e-4 --lr 1e-3 --schedule one-cycle "
                   "--plot @/a.png");
    folder_read(folder, "a.png", picture, sizeof picture);
    ck_assert_int_eq(memcmp(picture, png, sizeof png), 0);
    ck_assert_ptr_nonnull(strstr(result.out, "100-16-12-10"));
}
END_TEST

/* One epoch of one step: curves of a single point. */
START_TEST(draws_short_curves)
{
    child result;
    char curve[1024];
    child_run_well(&result, folder,
                   "train --data @ --batch 256 --hidden 24 --epochs 1 --plot @/a.svg");
    child_run_well(&result, folder,
                   "train --data @ --batch 256 --hidden 24 --epochs 1 --compare --plot @/b.svg "
                   "--csv @/b.csv");
    folder_read(folder, "b.csv", curve, sizeof curve);
    ck_assert_uint_eq(rows_of(curve), 5);
}
END_TEST

START_TEST(says_that_it_diverged)
{
    char before[FOLDER_LISTING], after[FOLDER_LISTING];
    child result;
    folder_list(folder, before);
    child_run(&result, folder, NULL,
              SMALL "--rule sgd --lr 1e30 --schedule constant --epochs 3 --csv @/a.csv");
    folder_list(folder, after);
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "diverged"));
    ck_assert_str_eq(before, after);
}
END_TEST

/* Losses are taken before a step; there is none after the last. */
START_TEST(last_step_diverges)
{
    child result;
    child_run(&result, folder, NULL,
              "train --data @ --rule sgd --lr 1e38 --schedule constant --epochs 1 --batch 256 "
              "--hidden 24");
    ck_assert_int_eq(result.code, 1);
    ck_assert_ptr_nonnull(strstr(result.err, "diverged"));
}
END_TEST

/* A row for each of 11 rates with a number or "-" for each of 4 rules, then the best. */
START_TEST(sweeps)
{
    child result;
    child_run_well(&result, folder, "train --data @ --sweep --epochs 1 --batch 256 --hidden 8");
    const char *line = strstr(result.out, "\n    lr ");
    ck_assert_ptr_nonnull(line);
    for (size_t row = 0; row < 11; row++) {
        line = strchr(line + 1, '\n');
        ck_assert_ptr_nonnull(line);
        double numbers[2];
        char last[2][16];
        ck_assert_int_eq(
            sscanf(line, "\n%lf %lf %15s %15s", &numbers[0], &numbers[1], last[0], last[1]), 4);
        ck_assert_double_gt(numbers[0], 0);
        ck_assert_double_gt(numbers[1], 0);
    }
    for (size_t rule = 0; rule < 4; rule++) {
        line = strchr(line + 1, '\n');
        ck_assert_int_eq(strncmp(line, "\nbest for ", 10), 0);
    }
    ck_assert_str_eq(strchr(line + 1, '\n'), "\n");
}
END_TEST

START_TEST(compares)
{
    static const char *const names[] = {"RMSprop,", "SGD,", "AdaGrad,", "Adam,"};
    static char curve[TEXT], picture[4 * TEXT];
    child result;
    child_run_well(&result, folder, SMALL "--compare --epochs 2 --csv @/c.csv --plot @/c.svg");
    folder_read(folder, "c.csv", curve, TEXT);
    folder_read(folder, "c.svg", picture, sizeof picture);
    ck_assert_uint_eq(rows_of(curve), 1 + 4 * 16);
    ck_assert_int_eq(strncmp(curve, "rule,epoch,step,", 16), 0);
    for (size_t i = 0; i < 4; i++) {
        char label[32];
        snprintf(label, sizeof label, "%.*s, lr", (int)strlen(names[i]) - 1, names[i]);
        ck_assert_ptr_nonnull(strstr(curve, names[i]));
        ck_assert_ptr_nonnull(strstr(picture, label));
        /* The first batch is met before any step, so that all rules have the same loss there. */
        ck_assert_double_eq(field(strstr(curve, names[i]), 0, 4),
                            field(strstr(curve, names[0]), 0, 4));
    }
}
END_TEST

Suite *train_suite(void)
{
    Suite *suite = suite_create("train");
    TCase *tests = tcase_create("train");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, learns_and_repeats);
    tcase_add_test(tests, takes_other_paths);
    tcase_add_test(tests, draws_short_curves);
    tcase_add_test(tests, says_that_it_diverged);
    tcase_add_test(tests, last_step_diverges);
    tcase_add_test(tests, sweeps);
    tcase_add_test(tests, compares);
    suite_add_tcase(suite, tests);
    return suite;
}
