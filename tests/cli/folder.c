/* Makes, fills, lists and removes the folders of a test run. */
#include "folder.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The environment hands the name to the children that Check runs tests in. */
static const char variable[] = "CLSTEP_TEST_FOLDER";

void folder_start(void)
{
    char path[] = "/tmp/clstep-test-XXXXXX";
    if (!mkdtemp(path) || setenv(variable, path, 1) != 0) {
        perror("mkdtemp");
        exit(1);
    }
}

static void remove_tree(const char *path)
{
    struct dirent **entries;
    int count = remove(path) == 0 ? 0 : scandir(path, &entries, NULL, NULL);
    if (count <= 0)
        return;
    for (int i = 0; i < count; i++) {
        char inner[2 * FOLDER_PATH];
        int length = snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0 &&
            length < (int)sizeof inner)
            remove_tree(inner);
        free(entries[i]);
    }
    free(entries);
    remove(path);
}

void folder_remove_all(void)
{
    remove_tree(getenv(variable));
}

void folder_create(char path[FOLDER_PATH])
{
    snprintf(path, FOLDER_PATH, "%s/XXXXXX", getenv(variable));
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static void join(char path[2 * FOLDER_PATH], const char *folder, const char *name)
{
    int length = snprintf(path, 2 * FOLDER_PATH, "%s/%s", folder, name);
    ck_assert_int_lt(length, 2 * FOLDER_PATH);
}

void folder_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[2 * FOLDER_PATH];
    join(path, folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

size_t folder_read(const char *folder, const char *name, char *text, size_t capacity)
{
    char path[2 * FOLDER_PATH];
    join(path, folder, name);
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(text, 1, capacity - 1, file) : 0;
    text[size] = '\0';
    if (file)
        fclose(file);
    return size;
}

void folder_list(const char *folder, char listing[FOLDER_LISTING])
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    size_t length = 0;
    ck_assert_int_ge(count, 0);
    listing[0] = '\0';
    for (int i = 0; i < count; i++) {
        char path[2 * FOLDER_PATH];
        struct stat status;
        join(path, folder, entries[i]->d_name);
        ck_assert_int_eq(stat(path, &status), 0);
        if (S_ISREG(status.st_mode))
            length += (size_t)snprintf(listing + length, FOLDER_LISTING - length, "%s %lld\n",
                                       entries[i]->d_name, (long long)status.st_size);
        ck_assert_uint_lt(length, FOLDER_LISTING);
        free(entries[i]);
    }
    free(entries);
}
