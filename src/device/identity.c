#include "device/identity.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"
#include "device/program.h"

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

static void add_text(clstep__sha256 *state, clstep__text *text)
{
    clstep__sha256_field(state, text->length ? text->bytes : "", text->length);
}

/* Two devices of one name may differ in these. */
static void add_numbers(clstep__sha256 *state, cl_device_id device)
{
    static const cl_device_info wanted[] = {CL_DEVICE_ADDRESS_BITS, CL_DEVICE_VENDOR_ID,
                                            CL_DEVICE_ENDIAN_LITTLE};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cl_uint number = 0;
        clGetDeviceInfo(device, wanted[i], sizeof number, &number, NULL);
        clstep__sha256_field(state, &number, sizeof number);
    }
}

static void add_library(clstep__sha256 *state)
{
    const uint32_t version = CLSTEP_VERSION;
    unsigned char source[CLSTEP__SHA256_SIZE];
    clstep__program_digest(source);
    clstep__sha256_field(state, &version, sizeof version);
    clstep__sha256_field(state, source, sizeof source);
}

clstep_status clstep__identity_of(const char *call, cl_device_id device,
                                  unsigned char digest[CLSTEP__SHA256_SIZE])
{
    static const cl_platform_info platform[] = {CL_PLATFORM_NAME, CL_PLATFORM_VERSION};
    static const cl_device_info own[] = {CL_DEVICE_NAME, CL_DEVICE_VENDOR, CL_DEVICE_VERSION,
                                         CL_DRIVER_VERSION};
    clstep__sha256 state;
    bool failed = false;
    clstep__sha256_start(&state);
    add_library(&state);
    for (size_t i = 0; i < sizeof platform / sizeof *platform; i++) {
        clstep__text text = {0};
        clstep__platform_text(device, platform[i], &text);
        failed |= text.failed;
        add_text(&state, &text);
        clstep__text_free(&text);
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        clstep__text text = {0};
        clstep__device_text(device, own[i], &text);
        failed |= text.failed;
        add_text(&state, &text);
        clstep__text_free(&text);
    }
    add_numbers(&state, device);
    clstep__sha256_end(&state, digest);
    return failed ? clstep__fail(CLSTEP_OUT_OF_MEMORY, call, "the host is out of memory")
                  : CLSTEP_OK;
}
