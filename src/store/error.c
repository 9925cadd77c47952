#include "store/error.h"

#include "store/safetensors_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 1024, PART_SIZE = 800 };

clstep_status clstep__store_fail(clstep_status status, const char *call, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    clstep__make_printable(message);
    return clstep_record_error(status, call, 0, message);
}

clstep_status clstep__store_no_memory(const char *call)
{
    return clstep__store_fail(CLSTEP_OUT_OF_MEMORY, call, "the host is out of memory");
}

clstep_status clstep__store_null(const char *call, const char *argument)
{
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call, "%s is NULL", argument);
}

static const char *advice(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space, or choose another folder";
    case EFBIG:
        return "; the file system or a limit of the process (ulimit -f) allows no file of that "
               "size";
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

clstep_status clstep__store_io(const char *call, const char *verb, const char *path, int code)
{
    char reason[160];
    if (strerror_r(code, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", code);
    return clstep__store_fail(CLSTEP_FILE_FAILED, call, "cannot %s \"%.*s\": %s%s", verb, PART_SIZE,
                              path, reason, advice(code));
}

clstep_status clstep__store_opencl(const char *cl_call, int32_t code, const char *what)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s: %s returned %d", what, cl_call, (int)code);
    return clstep_record_error(CLSTEP_OPENCL_FAILED, cl_call, code, message);
}

clstep_status clstep__store_damaged(const char *call, const char *format, ...)
{
    char rule[PART_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rule, sizeof rule, format, arguments);
    va_end(arguments);
    return clstep__store_fail(CLSTEP_INVALID_FILE, call,
                              "%s; the file is damaged, truncated or no safetensors file: take "
                              "another copy",
                              rule);
}
