/* Writes a data set of a few small images. Reading one is the program's. */
#include "images.h"

#include "folder.h"

#include <check.h>
#include <stdio.h>
#include <zlib.h>

static uint32_t next_random(uint32_t *state)
{
    *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
    return *state >> 24;
}

void idx_set(idx *file, size_t index, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        file->bytes[4 * index + i] = (unsigned char)(value >> (24 - 8 * i));
}

static unsigned char label_of(uint32_t index)
{
    return (unsigned char)(index * 7 % 10);
}

void images_make(idx *file, uint32_t count)
{
    uint32_t state = count;
    idx_set(file, 0, 0x803);
    idx_set(file, 1, count);
    idx_set(file, 2, IMAGES_SIDE);
    idx_set(file, 3, IMAGES_SIDE);
    file->size = 16;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t row = 0; row < IMAGES_SIDE; row++)
            for (uint32_t column = 0; column < IMAGES_SIDE; column++) {
                uint32_t noise = next_random(&state) / 2;
                file->bytes[file->size++] =
                    (unsigned char)(row == label_of(i) ? 128 + noise : noise);
            }
}

void labels_make(idx *file, uint32_t count)
{
    idx_set(file, 0, 0x801);
    idx_set(file, 1, count);
    file->size = 8;
    for (uint32_t i = 0; i < count; i++)
        file->bytes[file->size++] = label_of(i);
}

void idx_pack(const char *folder, const char *name, const idx *file)
{
    char path[2 * FOLDER_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile stream = gzopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(gzwrite(stream, file->bytes, (unsigned)file->size), (int)file->size);
    ck_assert_int_eq(gzclose(stream), Z_OK);
}

void images_write(const char *folder)
{
    idx file;
    images_make(&file, IMAGES_TRAIN);
    idx_pack(folder, IMAGES_TRAIN_FILE, &file);
    labels_make(&file, IMAGES_TRAIN);
    idx_pack(folder, LABELS_TRAIN_FILE, &file);
    images_make(&file, IMAGES_TEST);
    idx_pack(folder, IMAGES_TEST_FILE, &file);
    labels_make(&file, IMAGES_TEST);
    idx_pack(folder, LABELS_TEST_FILE, &file);
}
