/* Names and locks of temporary files. file_replace.c writes and renames them. */
#define _FILE_OFFSET_BITS 64

#include "base/file_temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_PART = 200, /* bytes of the target's name in the temporary name, which may have 255 */
    RANDOM_LETTERS = 6,
    TRIES = 100
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char middle[] = ".clstep-";

static uint64_t random_number(void)
{
    uint64_t number = 0;
    const int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    const ssize_t got = source >= 0 ? read(source, &number, sizeof number) : 0;
    if (source >= 0)
        close(source);
    if (got == (ssize_t)sizeof number)
        return number;
    /* A guessable name does no harm, because of O_EXCL. */
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec) * 0x9E3779B97F4A7C15u +
           (uint64_t)getpid();
}

static void make_name(char temporary[CLSTEP__TEMPORARY_SIZE], const char *name)
{
    char random[RANDOM_LETTERS + 1] = {0};
    uint64_t number = random_number();
    for (int i = 0; i < RANDOM_LETTERS; i++, number /= sizeof letters - 1)
        random[i] = letters[number % (sizeof letters - 1)];
    snprintf(temporary, CLSTEP__TEMPORARY_SIZE, ".%.*s%s%s", NAME_PART, name, middle, random);
}

bool clstep__is_temporary(const char *entry, const char *name)
{
    const size_t length = strnlen(name, NAME_PART);
    if (entry[0] != '.' || strncmp(entry + 1, name, length) != 0)
        return false;
    const char *rest = entry + 1 + length;
    return strncmp(rest, middle, sizeof middle - 1) == 0 &&
           strlen(rest) == sizeof middle - 1 + RANDOM_LETTERS &&
           strspn(rest + sizeof middle - 1, letters) == RANDOM_LETTERS;
}

/* Locks a new file. Before it does, another process may have locked and removed the file, as one
 * that a killed process has left. On file systems without locks nobody removes files. */
static bool lock_new(int file)
{
    struct stat is;
    if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(file, &is) != 0 || is.st_nlink > 0;
}

int clstep__temporary_create(int folder, const char *name, mode_t mode,
                             char temporary[CLSTEP__TEMPORARY_SIZE])
{
    for (int i = 0; i < TRIES; i++) {
        make_name(temporary, name);
        const int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file < 0 && errno != EEXIST && errno != EINTR)
            return -1;
        if (file >= 0 && lock_new(file))
            return file;
        if (file >= 0)
            close(file);
    }
    errno = EEXIST;
    return -1;
}

int clstep__temporary_lock(int folder, const char *temporary)
{
    const int file = openat(folder, temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || flock(file, LOCK_EX | LOCK_NB) == 0)
        return file;
    const int code = errno;
    close(file);
    errno = code;
    return -1;
}

void clstep__temporaries_remove(int folder, const char *name)
{
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    if (!entries && again >= 0)
        close(again);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!clstep__is_temporary(entry->d_name, name))
            continue;
        const int file = clstep__temporary_lock(folder, entry->d_name);
        if (file < 0)
            continue;
        unlinkat(folder, entry->d_name, 0);
        close(file);
    }
    if (entries)
        closedir(entries);
}
