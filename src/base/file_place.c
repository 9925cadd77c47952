/* Finds the folder and the name of a file to write. */
#include "base/file_place.h"

#include "base/file_error.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MOST = 40, LINK_SIZE = 4097 };

/* The part after the last '/'. */
static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Replaces `path`, a symbolic link, by the link's target. */
static void follow(clstep__text *path, const char *link, size_t length)
{
    clstep__text next = {0};
    if (link[0] != '/')
        clstep__text_append(&next, path->bytes, (size_t)(name_in(path->bytes) - path->bytes));
    clstep__text_append(&next, link, length);
    clstep__text_free(path);
    *path = next;
}

static clstep_status resolve(const char *call, const char *given, clstep__text *path)
{
    char link[LINK_SIZE];
    clstep__text_append(path, given, strlen(given));
    for (int i = 0; i < LINKS_MOST && !path->failed; i++) {
        const ssize_t length = readlink(path->bytes, link, sizeof link);
        if (length < 0 && (errno == EINVAL || errno == ENOENT)) /* no link, or nothing at all */
            return CLSTEP_OK;
        if (length < 0)
            return clstep__file_io(call, "write", given, errno);
        if ((size_t)length == sizeof link)
            return clstep__file_io(call, "write", given, ENAMETOOLONG);
        follow(path, link, (size_t)length);
    }
    return path->failed ? clstep__file_no_memory(call)
                        : clstep__file_io(call, "write", given, ELOOP);
}

static clstep_status open_folder(const char *call, const char *given, clstep__text *path,
                                 int *folder, char **name)
{
    const char *last = name_in(path->bytes);
    const size_t size = strlen(last) + 1;
    if (strcmp(last, "") == 0 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return clstep__file_fail(call, "\"%.800s\" names a folder; a file's name is needed", given);
    *name = clstep__allocate(size, 1);
    if (!*name)
        return clstep__file_no_memory(call);
    memcpy(*name, last, size);
    path->bytes[last - path->bytes] = '\0';
    do
        *folder = open(path->bytes[0] ? path->bytes : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (*folder < 0 && errno == EINTR);
    if (*folder >= 0)
        return CLSTEP_OK;
    clstep__free(*name);
    *name = NULL;
    return clstep__file_io(call, "open the folder of", given, errno);
}

clstep_status clstep__place_open(const char *call, const char *path, int *folder, char **name)
{
    clstep__text resolved = {0};
    clstep_status status = resolve(call, path, &resolved);
    if (status == CLSTEP_OK)
        status = open_folder(call, path, &resolved, folder, name);
    clstep__text_free(&resolved);
    return status;
}
