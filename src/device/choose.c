/* Finds the devices of all platforms, and the one that is meant. What a device can do, describe.c
 * tells. */
#include "device/choose.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "device/failure.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* CL_PLATFORM_NOT_FOUND_KHR, the loader's word for "no driver is installed". */
enum { PLATFORMS_MAX = 64, NO_PLATFORM = -1001 };

static const char call[] = "clstep_device_choose";

static const char install_hint[] =
    "no OpenCL driver found; install one: the package pocl-opencl-icd runs on any CPU, GPUs need "
    "their vendor's driver or mesa-opencl-icd";

/* Appends a platform's available devices to the `*count` so far, and sets `code` to what OpenCL
 * says of them. A platform without any is normal: drivers are often installed without their
 * hardware. */
static clstep_status add_platform(const char *caller, cl_platform_id platform,
                                  cl_device_id *devices, size_t capacity, size_t *count,
                                  cl_int *code)
{
    cl_uint found = 0;
    *code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &found);
    if (*code != CL_SUCCESS || found == 0)
        return CLSTEP_OK;
    cl_device_id *all = clstep__allocate(found, sizeof *all);
    if (!all)
        return clstep__no_memory(caller);
    *code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, found, all, NULL);
    if (*code != CL_SUCCESS)
        found = 0;
    for (cl_uint i = 0; i < found; i++) {
        cl_bool available = CL_FALSE;
        if (clGetDeviceInfo(all[i], CL_DEVICE_AVAILABLE, sizeof available, &available, NULL) !=
                CL_SUCCESS ||
            !available)
            continue;
        if (*count < capacity)
            devices[*count] = all[i];
        (*count)++;
    }
    clstep__free(all);
    return CLSTEP_OK;
}

static clstep_status list_platforms(cl_platform_id platforms[PLATFORMS_MAX], cl_uint *count)
{
    const cl_int code = clGetPlatformIDs(PLATFORMS_MAX, platforms, count);
    if (code != CL_SUCCESS && code != NO_PLATFORM)
        return clstep__cl_failed("clGetPlatformIDs", code);
    if (code == NO_PLATFORM)
        *count = 0;
    if (*count > PLATFORMS_MAX)
        *count = PLATFORMS_MAX;
    return CLSTEP_OK;
}

clstep_status clstep_devices(cl_device_id *devices, size_t capacity, size_t *count)
{
    static const char own_call[] = "clstep_devices";
    if (!count)
        return clstep__refuse(own_call, "count is NULL");
    *count = 0;
    if (!devices && capacity > 0)
        return clstep__refuse(own_call, "devices is NULL although capacity is above 0");
    cl_platform_id platforms[PLATFORMS_MAX];
    cl_uint platform_count = 0;
    clstep_status status = list_platforms(platforms, &platform_count);
    cl_int ignored;
    for (cl_uint i = 0; status == CLSTEP_OK && i < platform_count; i++)
        status = add_platform(own_call, platforms[i], devices, capacity, count, &ignored);
    if (status != CLSTEP_OK)
        *count = 0;
    return status;
}

/* Appends to `told` the platforms that give no device, each with OpenCL's reason and the cure. */
static void tell_platforms(clstep__text *told)
{
    cl_platform_id platforms[PLATFORMS_MAX];
    cl_uint platform_count = 0;
    if (list_platforms(platforms, &platform_count) != CLSTEP_OK)
        return;
    for (cl_uint i = 0; i < platform_count; i++) {
        char name[128] = "";
        size_t found = 0;
        cl_int code;
        if (add_platform(call, platforms[i], NULL, 0, &found, &code) != CLSTEP_OK)
            told->failed = true;
        if (found > 0 || told->failed)
            continue;
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL);
        name[sizeof name - 1] = '\0';
        if (code == CL_SUCCESS)
            clstep__text_format(told, "; the platform \"%s\" has no available device", name);
        else
            clstep__text_format(told,
                                "; the platform \"%s\" gives none: clGetDeviceIDs failed with %s "
                                "(%d)%s",
                                name, clstep_cl_code_name(code), (int)code,
                                clstep__cache_advice(name));
    }
}

double clstep__device_rank(const clstep_device_info *info)
{
    double kind = 0;
    if (info->type & CL_DEVICE_TYPE_GPU)
        kind = 4;
    else if (info->type & CL_DEVICE_TYPE_ACCELERATOR)
        kind = 2;
    if (kind > 0 && !info->unified_memory)
        kind += 1;
    const double speed = (double)info->compute_units * (info->clock_mhz ? info->clock_mhz : 1);
    return kind * 1e12 + speed; /* no device has 10^12 unit-megahertz */
}

static int contains(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; strlen(text) >= length; text++) {
        size_t same = 0;
        while (same < length &&
               tolower((unsigned char)text[same]) == tolower((unsigned char)part[same]))
            same++;
        if (same == length)
            return 1;
    }
    return 0;
}

static int names_device(const clstep_device_info *info, const char *wanted)
{
    char whole[sizeof info->platform_name + sizeof info->name + sizeof info->device_version];
    strcpy(whole, info->platform_name);
    strcat(whole, " ");
    strcat(whole, info->name);
    strcat(whole, " ");
    strcat(whole, info->device_version);
    return contains(whole, wanted);
}

/* A number is always an index: as a part of a name, 5 would find "avx512". */
static int is_index(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The device with the index that `text` is, or NULL. */
static cl_device_id device_at(const cl_device_id *devices, size_t count, const char *text)
{
    errno = 0;
    const unsigned long index = strtoul(text, NULL, 10);
    return errno == 0 && index < count ? devices[index] : NULL;
}

/* The best of the devices that `wanted` ("": all) names; `seen` collects all for the message. One
 * that cannot be described is passed over, and `status` says why; if the host is out of memory,
 * none is chosen. */
static cl_device_id best_of(const cl_device_id *devices, size_t count, const char *wanted,
                            clstep__text *seen, clstep_status *status)
{
    cl_device_id best = NULL;
    double best_rank = -1;
    *status = CLSTEP_OK;
    for (size_t i = 0; i < count; i++) {
        clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
        const clstep_status described = clstep_device_describe(devices[i], &info);
        if (described != CLSTEP_OK) {
            *status = described;
            if (described == CLSTEP_OUT_OF_MEMORY)
                return NULL;
            continue;
        }
        clstep__text_format(seen, "%s[%zu] %s %s", i ? ", " : "", i, info.platform_name, info.name);
        if (!names_device(&info, wanted) || clstep__device_rank(&info) <= best_rank)
            continue;
        best = devices[i];
        best_rank = clstep__device_rank(&info);
    }
    return best;
}

/* What a device was chosen by. */
typedef struct {
    const char *text;
    const char *from; /* where it comes from, for messages */
} device_wish;

static clstep_status no_device(const device_wish *wanted, size_t count, const char *seen)
{
    clstep__text told = {0};
    tell_platforms(&told);
    const char *others = told.bytes ? told.bytes : "";
    clstep_status status;
    if (told.failed)
        status = clstep__no_memory(call);
    else if (count > 0)
        status =
            clstep__fail(CLSTEP_NO_DEVICE, call,
                         is_index(wanted->text)
                             ? "there is no device %.100s%s; the devices are %s%s"
                             : "no OpenCL device is named by \"%.100s\"%s; the devices are %s%s",
                         wanted->text, wanted->from, seen, others);
    else if (others[0])
        status = clstep__fail(CLSTEP_NO_DEVICE, call, "no OpenCL device found%s", others);
    else
        status = clstep__fail(CLSTEP_NO_DEVICE, call, "%s", install_hint);
    clstep__text_free(&told);
    return status;
}

static clstep_status choose_from(const cl_device_id *devices, size_t count,
                                 const device_wish *wanted, cl_device_id *device)
{
    if (count == 0)
        return no_device(wanted, 0, "");
    clstep__text seen = {0};
    clstep_status status = CLSTEP_OK;
    *device = best_of(devices, count, wanted->text, &seen, &status);
    if (status == CLSTEP_OUT_OF_MEMORY)
        status = clstep__failed_in(status, call);
    else if (is_index(wanted->text))
        *device = device_at(devices, count, wanted->text);
    if (*device)
        status = CLSTEP_OK;
    else if (seen.failed)
        status = clstep__no_memory(call);
    else if (status == CLSTEP_OK)
        status = no_device(wanted, count, seen.bytes ? seen.bytes : "");
    clstep__text_free(&seen);
    return status;
}

/* What the caller wants, else the environment, else "". */
static device_wish find_wish(const char *wanted)
{
    if (wanted && *wanted)
        return (device_wish){wanted, ""};
    const char *environment = getenv("CLSTEP_DEVICE");
    return (device_wish){environment ? environment : "", ", the value of CLSTEP_DEVICE"};
}

clstep_status clstep_device_choose(cl_device_id *device, const char *wanted)
{
    if (!device)
        return clstep__refuse(call, "device is NULL");
    *device = NULL;
    const device_wish wish = find_wish(wanted);
    size_t count = 0;
    clstep_status status = clstep_devices(NULL, 0, &count);
    if (status != CLSTEP_OK)
        return clstep__failed_in(status, call);
    cl_device_id *devices = clstep__allocate(count, sizeof *devices);
    if (!devices)
        return clstep__no_memory(call);
    size_t capacity = count;
    status = clstep__failed_in(clstep_devices(devices, capacity, &count), call);
    if (status == CLSTEP_OK)
        status = choose_from(devices, count < capacity ? count : capacity, &wish, device);
    clstep__free(devices);
    return status;
}
