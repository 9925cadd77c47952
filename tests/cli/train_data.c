/* Missing and damaged data sets, and devices that do not exist: exit code 1, one sentence. */
#include "child.h"
#include "folder.h"
#include "images.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[FOLDER_PATH];

static void make_folder(void)
{
    folder_create(folder);
    images_write(folder);
}

/* Also with outputs, none of which may appear. */
static void expect_failure(const char *line, const char *said)
{
    char before[FOLDER_LISTING], after[FOLDER_LISTING], whole[512];
    child result;
    folder_list(folder, before);
    snprintf(whole, sizeof whole, "train --csv @/a.csv --plot @/a.svg %s", line);
    child_run(&result, folder, NULL, whole);
    folder_list(folder, after);
    ck_assert_msg(result.code == 1, "exit code %d, %s", result.code, result.err);
    ck_assert_msg(strstr(result.err, said), "said %s", result.err);
    ck_assert_msg(strncmp(result.err, "clstep: ", 8) == 0, "said %s", result.err);
    ck_assert_msg(strchr(result.err, '\n') == strrchr(result.err, '\n'), "said %s", result.err);
    ck_assert_str_eq(before, after);
}

static void remove_file(const char *name)
{
    char path[2 * FOLDER_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(unlink(path), 0);
}

/* Writes a packed file again with its first `size` bytes only, or with a byte changed. */
static void damage(const char *name, size_t drop, size_t change_from_end)
{
    static char bytes[1 << 16];
    size_t size = folder_read(folder, name, bytes, sizeof bytes);
    ck_assert_uint_gt(size, drop + change_from_end);
    if (change_from_end)
        bytes[size - change_from_end] ^= 0x55;
    folder_write(folder, name, bytes, size - drop);
}

START_TEST(no_folder)
{
    expect_failure("--data @/nowhere", "dataset-fashion-mnist");
    expect_failure("--data @/" IMAGES_TRAIN_FILE, "no folder");
}
END_TEST

START_TEST(no_file)
{
    static const char *const names[] = {IMAGES_TRAIN_FILE, LABELS_TRAIN_FILE, IMAGES_TEST_FILE,
                                        LABELS_TEST_FILE};
    remove_file(names[_i]);
    expect_failure("--data @", names[_i]);
    expect_failure("--data @", "dataset-fashion-mnist or name a folder by --data");
}
END_TEST

START_TEST(truncated_gzip)
{
    static const size_t dropped[] = {1, 8, 9, 500};
    damage(IMAGES_TRAIN_FILE, dropped[_i], 0);
    expect_failure("--data @", "truncated");
}
END_TEST

START_TEST(empty_file)
{
    folder_write(folder, LABELS_TEST_FILE, "", 0);
    expect_failure("--data @", "truncated");
}
END_TEST

/* The last eight bytes are the checksum and the length; others are packed data. */
START_TEST(corrupt_gzip)
{
    static const size_t places[] = {3, 8, 2000};
    damage(IMAGES_TRAIN_FILE, 0, places[_i]);
    expect_failure("--data @", IMAGES_TRAIN_FILE);
    expect_failure("--data @", "damaged");
}
END_TEST

START_TEST(wrong_magic)
{
    idx file;
    labels_make(&file, IMAGES_TRAIN);
    idx_pack(folder, IMAGES_TRAIN_FILE, &file);
    expect_failure("--data @", "begins with 00000801");
    images_write(folder);
    images_make(&file, IMAGES_TEST);
    idx_pack(folder, LABELS_TEST_FILE, &file);
    expect_failure("--data @", "begins with 00000803");
}
END_TEST

START_TEST(truncated_idx)
{
    idx file;
    images_make(&file, IMAGES_TEST);
    file.size -= _i ? file.size - 10 : 1;
    idx_pack(folder, IMAGES_TEST_FILE, &file);
    expect_failure("--data @", "truncated");
}
END_TEST

START_TEST(trailing_bytes)
{
    idx file;
    images_make(&file, IMAGES_TEST);
    file.size++;
    idx_pack(folder, IMAGES_TEST_FILE, &file);
    expect_failure("--data @", "bytes after its data");
    images_write(folder);
    labels_make(&file, IMAGES_TEST);
    file.size++;
    idx_pack(folder, LABELS_TEST_FILE, &file);
    expect_failure("--data @", "bytes after its data");
}
END_TEST

START_TEST(counts_disagree)
{
    idx file;
    labels_make(&file, IMAGES_TRAIN - 1);
    idx_pack(folder, LABELS_TRAIN_FILE, &file);
    expect_failure("--data @", "255 labels for 256 images");
}
END_TEST

START_TEST(label_above_9)
{
    idx file;
    labels_make(&file, IMAGES_TRAIN);
    file.bytes[8 + 77] = 10;
    idx_pack(folder, LABELS_TRAIN_FILE, &file);
    expect_failure("--data @", "the label 10");
}
END_TEST

START_TEST(sizes_disagree)
{
    idx file;
    images_make(&file, IMAGES_TEST);
    idx_set(&file, 2, IMAGES_SIDE / 2);
    idx_set(&file, 3, IMAGES_SIDE * 2);
    idx_pack(folder, IMAGES_TEST_FILE, &file);
    expect_failure("--data @", "images of 5 x 20, but the training images are 10 x 10");
}
END_TEST

START_TEST(absurd_header)
{
    static const uint32_t sizes[][3] = {{0, 10, 10},
                                        {10, 0, 10},
                                        {UINT32_MAX, 10, 10},
                                        {256, UINT32_MAX, UINT32_MAX},
                                        {UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    idx file;
    images_make(&file, IMAGES_TRAIN);
    for (size_t i = 0; i < 3; i++)
        idx_set(&file, i + 1, sizes[_i][i]);
    idx_pack(folder, IMAGES_TRAIN_FILE, &file);
    expect_failure("--data @", _i < 2 ? "no images" : "more than can be used");
}
END_TEST

START_TEST(no_such_device)
{
    expect_failure("--data @ --device no-such-device", "no-such-device");
    expect_failure("--data @ --device 4000", "4000");
}
END_TEST

Suite *train_data_suite(void)
{
    Suite *suite = suite_create("train: data");
    TCase *tests = tcase_create("data");
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, no_folder);
    tcase_add_loop_test(tests, no_file, 0, 4);
    tcase_add_loop_test(tests, truncated_gzip, 0, 4);
    tcase_add_test(tests, empty_file);
    tcase_add_loop_test(tests, corrupt_gzip, 0, 3);
    tcase_add_test(tests, wrong_magic);
    tcase_add_loop_test(tests, truncated_idx, 0, 2);
    tcase_add_test(tests, trailing_bytes);
    tcase_add_test(tests, counts_disagree);
    tcase_add_test(tests, label_above_9);
    tcase_add_test(tests, sizes_disagree);
    tcase_add_loop_test(tests, absurd_header, 0, 5);
    tcase_add_test(tests, no_such_device);
    suite_add_tcase(suite, tests);
    return suite;
}
