#include "engine/identity.h"

#include "base/error.h"
#include "device/failure.h"
#include "device/info_text.h"
#include "engine/program.h"

#include <string.h>

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
