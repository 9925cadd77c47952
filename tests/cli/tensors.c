/* Writes safetensors files for the program and reads back what it made. */
#include "tensors.h"

#include "child.h"
#include "folder.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t count_of(const entry *of)
{
    uint64_t elements = 1;
    for (size_t d = 0; d < of->rank; d++)
        elements *= of->shape[d];
    return elements;
}

static void write_entry(clstep_writer *writer, size_t index, const entry *of, const float *given)
{
    const uint64_t elements = count_of(of);
    const bool is_upper = strcmp(of->dtype, "BF16") == 0;
    const bool is_byte = strcmp(of->dtype, "U8") == 0;
    const size_t width = strcmp(of->dtype, "I64") == 0 ? 8 : is_upper ? 2 : is_byte ? 1 : 4;
    float *values = calloc(elements + 1, width < 4 ? 4 : width);
    for (uint64_t k = 0; k < elements; k++)
        values[k] = given ? given[k] : of->first * (float)(k % 1000 + 1) / 8;
    for (uint64_t k = 0; is_upper && k < elements; k++)
        memcpy((char *)values + 2 * k, (char *)&values[k] + 2, 2); /* little-endian */
    ck_assert_int_eq(clstep_writer_write(writer, index, 0, elements * width, values), CLSTEP_OK);
    free(values);
}

void make_file_of(const char *folder, const char *name, const entry *entries, size_t count,
                  const float *values, const char *about)
{
    char path[FOLDER_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    clstep_writer *writer;
    ck_assert_int_eq(clstep_writer_create(&writer, path), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_set_metadata(writer, "made by", "a test"), CLSTEP_OK);
    if (about)
        ck_assert_int_eq(clstep_writer_set_metadata(writer, "clstep", about), CLSTEP_OK);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(clstep_writer_add(writer, entries[i].name, entries[i].dtype,
                                           entries[i].rank, entries[i].shape),
                         CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    for (size_t i = 0; i < count; i++) {
        write_entry(writer, i, &entries[i], values);
        values = values ? values + count_of(&entries[i]) : NULL;
    }
    ck_assert_int_eq(clstep_writer_commit(writer), CLSTEP_OK);
    clstep_writer_destroy(writer);
}

void make_file(const char *folder, const char *name, const entry *entries, size_t count)
{
    make_file_of(folder, name, entries, count, NULL, NULL);
}

float *read_tensor(const char *folder, const char *file, const char *tensor, size_t *count)
{
    char path[FOLDER_PATH + 64];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    clstep_safetensors *open;
    ck_assert_msg(clstep_safetensors_open(&open, path) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    const size_t index = clstep_safetensors_find(open, tensor);
    ck_assert_msg(index != SIZE_MAX, "%s has no %s", file, tensor);
    clstep_safetensors_tensor about = CLSTEP_SAFETENSORS_TENSOR_INIT;
    ck_assert_int_eq(clstep_safetensors_tensor_at(open, index, &about), CLSTEP_OK);
    float *values = malloc(about.bytes + 1);
    ck_assert_int_eq(clstep_safetensors_read(open, index, 0, about.bytes, values), CLSTEP_OK);
    *count = about.bytes / sizeof *values;
    clstep_safetensors_close(open);
    return values;
}

void ck_same_tensor(const char *folder, const char *file_a, const char *a, const char *file_b,
                    const char *b)
{
    size_t count_a, count_b;
    float *values_a = read_tensor(folder, file_a, a, &count_a);
    float *values_b = read_tensor(folder, file_b, b, &count_b);
    ck_assert_msg(count_a == count_b && memcmp(values_a, values_b, count_a * sizeof(float)) == 0,
                  "%s of %s is not %s of %s", a, file_a, b, file_b);
    free(values_a);
    free(values_b);
}

void done(const char *folder, const char *line)
{
    child result;
    child_run(&result, folder, NULL, line);
    ck_assert_msg(result.code == 0, "%s: %d, %s", line, result.code, result.err);
    ck_assert_str_eq(result.err, "");
}
