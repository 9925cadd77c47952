#include "base/error.h"
#include "base/sized.h"
#include "device/failure.h"

#include <string.h>

static clstep_status read_device(cl_device_id device, cl_device_info what, void *value, size_t size)
{
    cl_int code = clGetDeviceInfo(device, what, size, value, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clGetDeviceInfo", code);
}

/* Copies a driver's text without the blanks that some put around it, cut to fit. */
static void copy_trimmed(char *to, size_t size, const char *from)
{
    while (*from == ' ')
        from++;
    size_t length = strlen(from);
    while (length > 0 && from[length - 1] == ' ')
        length--;
    if (length > size - 1)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

enum { TEXT_SIZE = 1024 };

/* A text that does not fit, or that the driver does not give, is left empty. */
static void read_text(cl_device_id device, cl_device_info what, char *to, size_t size)
{
    char text[TEXT_SIZE] = "";
    if (clGetDeviceInfo(device, what, sizeof text - 1, text, NULL) != CL_SUCCESS)
        text[0] = '\0';
    copy_trimmed(to, size, text);
}

static clstep_status read_numbers(cl_device_id device, clstep_device_info *info)
{
    cl_ulong global = 0, allocation = 0;
    cl_uint units = 0, clock = 0, width = 0;
    cl_bool unified = CL_FALSE;
    cl_device_fp_config floats = 0;
    cl_command_queue_properties queues = 0;
    const struct {
        cl_device_info what;
        void *value;
        size_t size;
    } wanted[] = {
        {CL_DEVICE_TYPE, &info->type, sizeof info->type},
        {CL_DEVICE_PLATFORM, &info->platform, sizeof info->platform},
        {CL_DEVICE_GLOBAL_MEM_SIZE, &global, sizeof global},
        {CL_DEVICE_MAX_MEM_ALLOC_SIZE, &allocation, sizeof allocation},
        {CL_DEVICE_MAX_COMPUTE_UNITS, &units, sizeof units},
        {CL_DEVICE_MAX_CLOCK_FREQUENCY, &clock, sizeof clock},
        {CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, &width, sizeof width},
        {CL_DEVICE_HOST_UNIFIED_MEMORY, &unified, sizeof unified},
        {CL_DEVICE_SINGLE_FP_CONFIG, &floats, sizeof floats},
        {CL_DEVICE_QUEUE_PROPERTIES, &queues, sizeof queues},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        clstep_status status = read_device(device, wanted[i].what, wanted[i].value, wanted[i].size);
        if (status != CLSTEP_OK)
            return status;
    }
    info->global_memory = global;
    info->max_allocation = allocation;
    info->compute_units = units;
    info->clock_mhz = clock;
    info->vector_width = width;
    info->unified_memory = unified != CL_FALSE;
    info->correctly_rounded = (floats & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
    info->fused_multiply_add = (floats & CL_FP_FMA) != 0;
    info->denormals = (floats & CL_FP_DENORM) != 0;
    info->out_of_order = (queues & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0;
    return CLSTEP_OK;
}

clstep_status clstep_device_describe(cl_device_id device, clstep_device_info *info)
{
    static const char call[] = "clstep_device_describe";
    if (!device)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "device is NULL");
    if (!clstep__struct_fits(info, CLSTEP__SIZES(clstep_device_info)))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "info must point to a clstep_device_info that starts as "
                            "CLSTEP_DEVICE_INFO_INIT");
    clstep_device_info read = CLSTEP_DEVICE_INFO_INIT;
    read.device = device;
    clstep_status status = read_numbers(device, &read);
    if (status != CLSTEP_OK)
        return status;
    read_text(device, CL_DEVICE_NAME, read.name, sizeof read.name);
    read_text(device, CL_DEVICE_VENDOR, read.vendor, sizeof read.vendor);
    read_text(device, CL_DEVICE_VERSION, read.device_version, sizeof read.device_version);
    read_text(device, CL_DRIVER_VERSION, read.driver_version, sizeof read.driver_version);
    char platform[TEXT_SIZE] = "";
    if (clGetPlatformInfo(read.platform, CL_PLATFORM_NAME, sizeof platform - 1, platform, NULL) !=
        CL_SUCCESS)
        platform[0] = '\0';
    copy_trimmed(read.platform_name, sizeof read.platform_name, platform);
    clstep__struct_write(info, &read, sizeof(clstep_device_info));
    return CLSTEP_OK;
}
