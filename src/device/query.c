/* Asks a driver about a device or platform. It does not interpret the answers. */
#include "device/query.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

#include <string.h>

/* No driver has longer texts; a larger size is taken for an empty text. */
enum { TEXT_MOST = 65536 };

clstep_status clstep__query_failed(const char *call, clstep__query query, cl_int code)
{
    return clstep__fail_cl(CLSTEP_OPENCL_FAILED, call, code,
                           "%s failed with %s (%d) when it was asked for %s", call,
                           clstep_cl_code_name(code), (int)code, query.name);
}

clstep_status clstep__device_value(cl_device_id device, clstep__query query, void *value,
                                   size_t size)
{
    const cl_int code = clGetDeviceInfo(device, query.what, size, value, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__query_failed("clGetDeviceInfo", query, code);
}

typedef cl_int ask_function(void *of, cl_uint what, size_t size, void *into, size_t *needed);

static cl_int ask_device(void *of, cl_uint what, size_t size, void *into, size_t *needed)
{
    return clGetDeviceInfo(of, what, size, into, needed);
}

static cl_int ask_platform(void *of, cl_uint what, size_t size, void *into, size_t *needed)
{
    return clGetPlatformInfo(of, what, size, into, needed);
}

/* A driver's text may end before the size that the driver gives. */
static cl_int read_text(ask_function *ask, void *of, clstep__query query, clstep__text *text)
{
    size_t size = 0;
    cl_int code = ask(of, query.what, 0, NULL, &size);
    if (code != CL_SUCCESS || size == 0 || size > TEXT_MOST)
        return code;
    char *bytes = clstep__allocate(size, 1);
    text->failed |= !bytes;
    if (bytes)
        code = ask(of, query.what, size, bytes, NULL);
    if (bytes && code == CL_SUCCESS)
        clstep__text_append(text, bytes, strnlen(bytes, size));
    clstep__free(bytes);
    return code;
}

static clstep_status settle_text(const char *call, const clstep__text *text)
{
    return text->failed ? clstep__no_memory(call) : CLSTEP_OK;
}

clstep_status clstep__device_text(const char *call, cl_device_id device, clstep__query query,
                                  clstep__text *text)
{
    const cl_int code = read_text(ask_device, device, query, text);
    return code == CL_SUCCESS ? settle_text(call, text)
                              : clstep__query_failed("clGetDeviceInfo", query, code);
}

clstep_status clstep__platform_text(const char *call, cl_device_id device, clstep__query query,
                                    clstep__text *text)
{
    cl_platform_id platform = NULL;
    static const clstep__query of = CLSTEP__QUERY(CL_DEVICE_PLATFORM);
    clstep_status status = clstep__device_value(device, of, &platform, sizeof platform);
    if (status != CLSTEP_OK)
        return status;
    const cl_int code = read_text(ask_platform, platform, query, text);
    return code == CL_SUCCESS ? settle_text(call, text)
                              : clstep__query_failed("clGetPlatformInfo", query, code);
}

/* Whether `name` is one of the words of `all`. */
static bool has_word(const char *all, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = strstr(all, name); at; at = strstr(at + length, name)) {
        if ((at == all || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

clstep_status clstep__device_extension(const char *call, cl_device_id device, const char *name,
                                       bool *has)
{
    static const clstep__query query = CLSTEP__QUERY(CL_DEVICE_EXTENSIONS);
    clstep__text all = {0};
    clstep_status status = clstep__device_text(call, device, query, &all);
    *has = status == CLSTEP_OK && all.bytes && has_word(all.bytes, name);
    clstep__text_free(&all);
    return status;
}
