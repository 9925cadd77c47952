/* Messages about files that cannot be opened, read or written. */
#include "base/file_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 1024, PART_SIZE = 800, REASON_SIZE = 96 };

clstep_status clstep__file_fail(const char *call, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return clstep_record_error(CLSTEP_FILE_FAILED, call, 0, message);
}

clstep_status clstep__file_no_memory(const char *call)
{
    return clstep_record_error(CLSTEP_OUT_OF_MEMORY, call, 0, "the host is out of memory");
}

static const char *advice(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space, or choose another folder";
    case EFBIG:
        return "; the file is larger than the file system or a limit of the process (ulimit -f) "
               "allows";
    case EACCES:
    case EPERM:
    case EROFS:
        return "; check the permissions, or choose another folder";
    case ENOENT:
    case ENOTDIR:
        return "; check the path";
    default:
        return "";
    }
}

clstep_status clstep__file_missing(const char *call, const char *path)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message, "there is no file \"%.*s\"; check the path", PART_SIZE, path);
    return clstep_record_error(CLSTEP_FILE_MISSING, call, 0, message);
}

static const char *reason_of(int code, char reason[REASON_SIZE])
{
    if (strerror_r(code, reason, REASON_SIZE) != 0)
        snprintf(reason, REASON_SIZE, "error %d", code);
    return reason;
}

clstep_status clstep__file_io(const char *call, const char *verb, const char *path, int code)
{
    char reason[REASON_SIZE];
    return clstep__file_fail(call, "cannot %s \"%.*s\": %s%s", verb, PART_SIZE, path,
                             reason_of(code, reason), advice(code));
}

clstep_status clstep__file_unsettled(const char *call, const char *path, int code)
{
    char reason[REASON_SIZE];
    return clstep__file_fail(call,
                             "the new \"%.*s\" is in its place, but its folder could not be "
                             "flushed to the disk (%s): a loss of power may undo that",
                             PART_SIZE, path, reason_of(code, reason));
}
