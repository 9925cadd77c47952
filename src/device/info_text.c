/* The texts that a driver tells of a device or platform, whole. */
#include "device/info_text.h"

#include "base/memory.h"

#include <string.h>

/* More than any driver tells: what claims to be longer is taken for none. */
enum { TEXT_MOST = 65536 };

/* Takes over the bytes of a driver's text, which need not end where it says. */
static void keep_text(char *bytes, cl_int code, size_t size, clstep__text *text)
{
    if (!bytes)
        text->failed = true;
    else if (code == CL_SUCCESS)
        clstep__text_append(text, bytes, strnlen(bytes, size));
    clstep__free(bytes);
}

void clstep__device_text(cl_device_id device, cl_device_info what, clstep__text *text)
{
    size_t size = 0;
    if (clGetDeviceInfo(device, what, 0, NULL, &size) != CL_SUCCESS || size > TEXT_MOST)
        size = 0;
    char *bytes = clstep__allocate(size, 1);
    const cl_int code =
        bytes && size ? clGetDeviceInfo(device, what, size, bytes, NULL) : CL_SUCCESS;
    keep_text(bytes, code, size, text);
}

void clstep__platform_text(cl_device_id device, cl_platform_info what, clstep__text *text)
{
    cl_platform_id platform = NULL;
    size_t size = 0;
    if (clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) !=
            CL_SUCCESS ||
        clGetPlatformInfo(platform, what, 0, NULL, &size) != CL_SUCCESS || size > TEXT_MOST)
        size = 0;
    char *bytes = clstep__allocate(size, 1);
    const cl_int code =
        bytes && size ? clGetPlatformInfo(platform, what, size, bytes, NULL) : CL_SUCCESS;
    keep_text(bytes, code, size, text);
}
