/* The error record of each thread. The callers choose statuses and messages. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_SIZE = 1024 };

/* Static storage per thread, so that recording an error cannot fail. */
static _Thread_local char message[MESSAGE_SIZE];
static _Thread_local clstep_error record = {.call = ""};

const clstep_error *clstep_last_error(void)
{
    record.message =
        message; /* not in the initialiser: the address differs from thread to thread */
    return &record;
}

static clstep_status fill_record(clstep_status status, const char *call, int32_t cl_code,
                                 const char *format, va_list arguments)
{
    vsnprintf(message, sizeof message, format, arguments);
    record.status = status;
    record.cl_code = cl_code;
    record.call = call;
    return status;
}

clstep_status clstep__fail(clstep_status status, const char *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill_record(status, call, 0, format, arguments);
    va_end(arguments);
    return status;
}

clstep_status clstep__fail_cl(clstep_status status, const char *call, int32_t cl_code,
                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill_record(status, call, cl_code, format, arguments);
    va_end(arguments);
    return status;
}

clstep_status clstep__failed_in(clstep_status status, const char *call)
{
    if (status != CLSTEP_OK && status != CLSTEP_OPENCL_FAILED && status != CLSTEP_BUILD_FAILED)
        record.call = call;
    return status;
}

clstep_status clstep__no_memory(const char *call)
{
    return clstep__fail(CLSTEP_OUT_OF_MEMORY, call, "the host is out of memory");
}

clstep_status clstep__refuse(const char *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill_record(CLSTEP_INVALID_ARGUMENT, call, 0, format, arguments);
    va_end(arguments);
    return CLSTEP_INVALID_ARGUMENT;
}

clstep_status clstep_record_error(clstep_status status, const char *call, int32_t cl_code,
                                  const char *text)
{
    return clstep__fail_cl(status, call ? call : "", cl_code, "%s", text ? text : "");
}

const char *clstep_status_name(clstep_status status)
{
    switch (status) {
    case CLSTEP_OK:
        return "CLSTEP_OK";
    case CLSTEP_INVALID_ARGUMENT:
        return "CLSTEP_INVALID_ARGUMENT";
    case CLSTEP_OUT_OF_MEMORY:
        return "CLSTEP_OUT_OF_MEMORY";
    case CLSTEP_OPENCL_FAILED:
        return "CLSTEP_OPENCL_FAILED";
    case CLSTEP_BUILD_FAILED:
        return "CLSTEP_BUILD_FAILED";
    case CLSTEP_NO_DEVICE:
        return "CLSTEP_NO_DEVICE";
    case CLSTEP_UNSUPPORTED:
        return "CLSTEP_UNSUPPORTED";
    case CLSTEP_INCOMPLETE:
        return "CLSTEP_INCOMPLETE";
    case CLSTEP_FILE_FAILED:
        return "CLSTEP_FILE_FAILED";
    case CLSTEP_INVALID_FILE:
        return "CLSTEP_INVALID_FILE";
    case CLSTEP_FILE_MISSING:
        return "CLSTEP_FILE_MISSING";
    }
    return "unknown clstep status";
}
