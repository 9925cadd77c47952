/* A folder with checkpoints in it, and the bytes of its files. */
#include "checkpoint_files.h"

#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char folder[FOLDER_SIZE] = "/tmp/clstep-checkpoint-XXXXXX";

void open_folder(void)
{
    fixture_open();
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

size_t count_files(void)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

void close_folder(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    fixture_close();
}

const char *path(const char *name, size_t index)
{
    static char text[4][256];
    static int next;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof text[next], "%s/%s.%zu", folder, name, index);
    return text[next];
}

char *contents(const char *of, size_t *size)
{
    FILE *file = fopen(of, "rb");
    ck_assert_msg(file != NULL, "there is no %s", of);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

void ck_same_file(const char *what, const char *a, const char *b)
{
    size_t size_a, size_b;
    char *bytes_a = contents(a, &size_a);
    char *bytes_b = contents(b, &size_b);
    ck_assert_msg(size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0,
                  "%s: resumed in a new process, the result is another", what);
    free(bytes_a);
    free(bytes_b);
}
