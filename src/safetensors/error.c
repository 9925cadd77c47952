/* Failures of libclstep-store. They go through the public clstep_record_error(), because the shared
 * libclstep-store cannot reach the error record of libclstep. */
#include "safetensors/error.h"

#include "safetensors/text.h"

#include <stdarg.h>
#include <stdio.h>

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

clstep_status clstep__store_failed_in(clstep_status status, const char *call)
{
    if (status == CLSTEP_OK || status == CLSTEP_OPENCL_FAILED)
        return status;
    const clstep_error *error = clstep_last_error();
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", error->message);
    return clstep_record_error(status, call, error->cl_code, message);
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
