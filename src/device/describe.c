/* Describes a device, for people and for the library's defaults. */
#include "base/error.h"
#include "base/sized.h"
#include "device/query.h"

#include <stdbool.h>
#include <string.h>

static const char call[] = "clstep_device_describe";

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

static clstep_status read_text(cl_device_id device, clstep__query query, bool of_platform, char *to,
                               size_t size)
{
    clstep__text text = {0};
    clstep_status status = of_platform ? clstep__platform_text(call, device, query, &text)
                                       : clstep__device_text(call, device, query, &text);
    if (status == CLSTEP_OK)
        copy_trimmed(to, size, text.bytes ? text.bytes : "");
    clstep__text_free(&text);
    return status;
}

static clstep_status read_texts(cl_device_id device, clstep_device_info *info)
{
    const struct {
        clstep__query query;
        bool of_platform;
        char *to;
        size_t size;
    } wanted[] = {
        {CLSTEP__QUERY(CL_DEVICE_NAME), false, info->name, sizeof info->name},
        {CLSTEP__QUERY(CL_DEVICE_VENDOR), false, info->vendor, sizeof info->vendor},
        {CLSTEP__QUERY(CL_DEVICE_VERSION), false, info->device_version,
         sizeof info->device_version},
        {CLSTEP__QUERY(CL_DRIVER_VERSION), false, info->driver_version,
         sizeof info->driver_version},
        {CLSTEP__QUERY(CL_PLATFORM_NAME), true, info->platform_name, sizeof info->platform_name},
    };
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < sizeof wanted / sizeof *wanted; i++)
        status =
            read_text(device, wanted[i].query, wanted[i].of_platform, wanted[i].to, wanted[i].size);
    return status;
}

static clstep_status read_numbers(cl_device_id device, clstep_device_info *info)
{
    cl_ulong global = 0, allocation = 0;
    cl_uint units = 0, clock = 0, width = 0;
    cl_bool unified = CL_FALSE;
    cl_device_fp_config floats = 0;
    cl_command_queue_properties queues = 0;
    const struct {
        clstep__query query;
        void *value;
        size_t size;
    } wanted[] = {
        {CLSTEP__QUERY(CL_DEVICE_TYPE), &info->type, sizeof info->type},
        {CLSTEP__QUERY(CL_DEVICE_PLATFORM), &info->platform, sizeof info->platform},
        {CLSTEP__QUERY(CL_DEVICE_GLOBAL_MEM_SIZE), &global, sizeof global},
        {CLSTEP__QUERY(CL_DEVICE_MAX_MEM_ALLOC_SIZE), &allocation, sizeof allocation},
        {CLSTEP__QUERY(CL_DEVICE_MAX_COMPUTE_UNITS), &units, sizeof units},
        {CLSTEP__QUERY(CL_DEVICE_MAX_CLOCK_FREQUENCY), &clock, sizeof clock},
        {CLSTEP__QUERY(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT), &width, sizeof width},
        {CLSTEP__QUERY(CL_DEVICE_HOST_UNIFIED_MEMORY), &unified, sizeof unified},
        {CLSTEP__QUERY(CL_DEVICE_SINGLE_FP_CONFIG), &floats, sizeof floats},
        {CLSTEP__QUERY(CL_DEVICE_QUEUE_PROPERTIES), &queues, sizeof queues},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        clstep_status status =
            clstep__device_value(device, wanted[i].query, wanted[i].value, wanted[i].size);
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
    if (!device)
        return clstep__refuse(call, "device is NULL");
    if (!clstep__struct_fits(info, CLSTEP__SIZES(clstep_device_info)))
        return clstep__refuse(call, "info must point to a clstep_device_info that starts as "
                                    "CLSTEP_DEVICE_INFO_INIT");
    clstep_device_info read = CLSTEP_DEVICE_INFO_INIT;
    read.device = device;
    clstep_status status = read_numbers(device, &read);
    if (status != CLSTEP_OK)
        return status;
    status = read_texts(device, &read);
    if (status != CLSTEP_OK)
        return status;
    clstep__struct_write(info, &read, sizeof(clstep_device_info));
    return CLSTEP_OK;
}
