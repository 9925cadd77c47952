/* Reads bytes of a file, or of memory. It does not interpret them. */
#define _FILE_OFFSET_BITS 64

#include "base/file_input.h"

#include "base/file_error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of one pread(). */
enum { CHUNK = 1 << 30 };

/* O_NONBLOCK: a FIFO without a writer would wait for one. */
static clstep_status open_regular(const char *call, const char *path, int *descriptor,
                                  uint64_t *size)
{
    struct stat is;
    do
        *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (*descriptor < 0 && errno == EINTR);
    if (*descriptor < 0 && errno == ENOENT)
        return clstep__file_missing(call, path);
    if (*descriptor < 0)
        return clstep__file_io(call, "open", path, errno);
    clstep_status status = CLSTEP_OK;
    if (fstat(*descriptor, &is) != 0)
        status = clstep__file_io(call, "examine", path, errno);
    else if (!S_ISREG(is.st_mode))
        status = clstep__file_fail(call, "\"%.800s\" is %s; a regular file is needed", path,
                                   S_ISDIR(is.st_mode) ? "a folder" : "a device, pipe or socket");
    if (status != CLSTEP_OK)
        close(*descriptor);
    else
        *size = (uint64_t)is.st_size;
    return status;
}

clstep_status clstep__input_open(clstep__input *input, const char *call, const char *path)
{
    *input = (clstep__input){.descriptor = -1};
    clstep_status status = open_regular(call, path, &input->descriptor, &input->size);
    if (status != CLSTEP_OK)
        return status;
    const size_t length = strlen(path);
    input->path = clstep__allocate(length + 1, 1);
    if (!input->path) {
        close(input->descriptor);
        return clstep__file_no_memory(call);
    }
    memcpy(input->path, path, length);
    return CLSTEP_OK;
}

void clstep__input_memory(clstep__input *input, const void *bytes, size_t size)
{
    *input = (clstep__input){.memory = bytes, .descriptor = -1, .size = size};
}

void clstep__input_close(clstep__input *input)
{
    if (input->descriptor >= 0)
        close(input->descriptor);
    clstep__free(input->path);
}

clstep_status clstep__input_read(const clstep__input *input, const char *call, uint64_t from,
                                 uint64_t bytes, void *to)
{
    unsigned char *next = to;
    if (bytes == 0)
        return CLSTEP_OK;
    if (input->memory) {
        memcpy(next, input->memory + from, (size_t)bytes);
        return CLSTEP_OK;
    }
    while (bytes > 0) {
        const ssize_t got =
            pread(input->descriptor, next, bytes < CHUNK ? (size_t)bytes : CHUNK, (off_t)from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return clstep__file_io(call, "read", input->path, errno);
        if (got == 0)
            return clstep__file_fail(call,
                                     "\"%.800s\" ends at byte %" PRIu64
                                     ", but was longer when it was opened; something has cut it: "
                                     "write it again",
                                     input->path, from);
        next += got;
        from += (uint64_t)got;
        bytes -= (uint64_t)got;
    }
    return CLSTEP_OK;
}
