/* Makes files of tensors in memory and in a temporary folder, and describes what was read from
 * them. */
#include "store_fixture.h"

#include "suites.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

store_bytes store_build(const char *header, size_t data_size)
{
    const size_t length = strlen(header);
    store_bytes file = {malloc(8 + length + data_size), 8 + length + data_size};
    ck_assert_ptr_nonnull(file.at);
    for (int i = 0; i < 8; i++)
        file.at[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(file.at + 8, header, length);
    for (size_t i = 0; i < data_size; i++)
        file.at[8 + length + i] = (unsigned char)(7 * i + 1);
    return file;
}

clstep_status store_try(const void *bytes, size_t size)
{
    clstep_safetensors *file = (clstep_safetensors *)&file;
    unsigned char *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, bytes, size);
    clstep_status status = clstep_safetensors_open_memory(&file, copy, size);
    ck_assert_int_eq(file != NULL, status == CLSTEP_OK);
    clstep_safetensors_close(file);
    free(copy);
    return status;
}

void store_failed(clstep_status got, clstep_status wanted, const char *part)
{
    const char *message = clstep_last_error()->message;
    ck_assert_msg(got == wanted, "%s instead of %s: %s", clstep_status_name(got),
                  clstep_status_name(wanted), message);
    ck_assert_msg(strstr(message, part), "\"%s\" is not in: %s", part, message);
}

void store_refuses(const void *bytes, size_t size, const char *part)
{
    store_failed(store_try(bytes, size), CLSTEP_INVALID_FILE, part);
    ck_assert_ptr_nonnull(strstr(clstep_last_error()->message, "take another copy"));
}

static void append(char text[STORE_TEXT], const char *kind, const char *what)
{
    const size_t used = strlen(text);
    ck_assert_int_lt(snprintf(text + used, STORE_TEXT - used, "%s %s\n", kind, what),
                     (int)(STORE_TEXT - used));
}

static void describe_tensor(const clstep_safetensors *file, size_t index, char text[STORE_TEXT])
{
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    char what[STORE_TEXT] = "[";
    unsigned char data[256];
    ck_assert_int_eq(clstep_safetensors_tensor_at(file, index, &tensor), CLSTEP_OK);
    ck_assert_uint_eq(clstep_safetensors_find(file, tensor.name), index);
    append(text, "tensor", tensor.name);
    append(text, "dtype", tensor.dtype);
    for (size_t i = 0; i < tensor.rank; i++)
        sprintf(what + strlen(what), "%llu,", (unsigned long long)tensor.shape[i]);
    append(text, "shape", what);
    ck_assert_uint_le(tensor.bytes, sizeof data);
    ck_assert_int_eq(clstep_safetensors_read(file, index, 0, tensor.bytes, data), CLSTEP_OK);
    what[0] = '\0';
    for (size_t i = 0; i < tensor.bytes; i++)
        sprintf(what + 2 * i, "%02x", data[i]);
    append(text, "data", what);
}

void store_describe(const clstep_safetensors *file, char text[STORE_TEXT])
{
    const char *key;
    text[0] = '\0';
    for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++)
        describe_tensor(file, i, text);
    for (size_t i = 0; (key = clstep_safetensors_metadata_key(file, i)) != NULL; i++) {
        append(text, "key", key);
        append(text, "text", clstep_safetensors_metadata(file, key));
    }
}

void store_folder(char path[STORE_PATH])
{
    const char *where = getenv("TMPDIR");
    snprintf(path, STORE_PATH, "%s/clstep-store-XXXXXX", where ? where : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

void store_join(char path[STORE_PATH], const char *folder, const char *name)
{
    ck_assert_int_lt(snprintf(path, STORE_PATH, "%s/%s", folder, name), STORE_PATH);
}

void store_put(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

store_bytes store_get(const char *path)
{
    store_bytes got = {malloc(STORE_TEXT), 0};
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    got.size = fread(got.at, 1, STORE_TEXT, file);
    ck_assert_uint_lt(got.size, STORE_TEXT);
    fclose(file);
    return got;
}

size_t store_count(const char *folder)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    while (readdir(entries))
        count++;
    closedir(entries);
    return count - 2;
}

size_t store_folder_close(const char *folder)
{
    char path[STORE_PATH];
    size_t count = 0;
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        store_join(path, folder, entry->d_name);
        ck_assert_int_eq(remove(path), 0);
        count++;
    }
    closedir(entries);
    ck_assert_int_eq(rmdir(folder), 0);
    return count;
}

clstep_writer *store_writer(const char *path)
{
    static const uint64_t shape[] = {2};
    clstep_writer *writer = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, path), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_add(writer, "a", "F32", 1, shape), CLSTEP_OK);
    return writer;
}

const float store_numbers[2] = {1.0f, 2.0f};

void store_write(const char *path)
{
    clstep_writer *writer = store_writer(path);
    ck_assert_msg(clstep_writer_begin(writer) == CLSTEP_OK, "%s", clstep_last_error()->message);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 8, store_numbers), CLSTEP_OK);
    ck_assert_msg(clstep_writer_commit(writer) == CLSTEP_OK, "%s", clstep_last_error()->message);
    clstep_writer_destroy(writer);
}

void store_holds(const char *path)
{
    float got[2] = {0};
    clstep_safetensors *file = NULL;
    ck_assert_msg(clstep_safetensors_open(&file, path) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    ck_assert_int_eq(clstep_safetensors_read(file, clstep_safetensors_find(file, "a"), 0, 8, got),
                     CLSTEP_OK);
    ck_assert_mem_eq(got, store_numbers, sizeof got);
    clstep_safetensors_close(file);
}

unsigned store_mode(const char *path)
{
    struct stat is;
    ck_assert_int_eq(stat(path, &is), 0);
    return is.st_mode & 07777;
}
