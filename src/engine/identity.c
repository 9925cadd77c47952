/* Computes the identity: a digest of everything besides its options that a compiled program depends
 * on. */
#include "engine/identity.h"

#include "device/query.h"
#include "engine/program.h"

static clstep_status add_text(clstep__sha256 *state, const char *call, cl_device_id device,
                              clstep__query query, bool of_platform)
{
    clstep__text text = {0};
    clstep_status status = of_platform ? clstep__platform_text(call, device, query, &text)
                                       : clstep__device_text(call, device, query, &text);
    clstep__sha256_field(state, text.length ? text.bytes : "", text.length);
    clstep__text_free(&text);
    return status;
}

/* Two devices of the same name may differ in these. */
static clstep_status add_numbers(clstep__sha256 *state, cl_device_id device)
{
    static const clstep__query wanted[] = {CLSTEP__QUERY(CL_DEVICE_ADDRESS_BITS),
                                           CLSTEP__QUERY(CL_DEVICE_VENDOR_ID),
                                           CLSTEP__QUERY(CL_DEVICE_ENDIAN_LITTLE)};
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < sizeof wanted / sizeof *wanted; i++) {
        cl_uint number = 0;
        status = clstep__device_value(device, wanted[i], &number, sizeof number);
        clstep__sha256_field(state, &number, sizeof number);
    }
    return status;
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
    static const clstep__query platform[] = {CLSTEP__QUERY(CL_PLATFORM_NAME),
                                             CLSTEP__QUERY(CL_PLATFORM_VERSION)};
    static const clstep__query own[] = {
        CLSTEP__QUERY(CL_DEVICE_NAME), CLSTEP__QUERY(CL_DEVICE_VENDOR),
        CLSTEP__QUERY(CL_DEVICE_VERSION), CLSTEP__QUERY(CL_DRIVER_VERSION)};
    clstep__sha256 state;
    clstep_status status = CLSTEP_OK;
    clstep__sha256_start(&state);
    add_library(&state);
    for (size_t i = 0; status == CLSTEP_OK && i < sizeof platform / sizeof *platform; i++)
        status = add_text(&state, call, device, platform[i], true);
    for (size_t i = 0; status == CLSTEP_OK && i < sizeof own / sizeof *own; i++)
        status = add_text(&state, call, device, own[i], false);
    if (status == CLSTEP_OK)
        status = add_numbers(&state, device);
    clstep__sha256_end(&state, digest);
    return status;
}
