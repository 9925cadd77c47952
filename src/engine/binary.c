/* Gets a program's binary from the driver, and makes a program from a binary. blob.c has checked
 * that the binary is not damaged. */
#include "engine/binary.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

/* engine.c accepts no context with more devices. */
enum { DEVICES_MAX = 64 };

/* The index of `device` among the program's devices, and their number. */
static cl_int find_device(cl_program program, cl_device_id device, size_t *index, size_t *count)
{
    cl_device_id devices[DEVICES_MAX];
    size_t size = 0;
    cl_int code = clGetProgramInfo(program, CL_PROGRAM_DEVICES, sizeof devices, devices, &size);
    *count = size / sizeof *devices;
    *index = 0;
    while (code == CL_SUCCESS && *index < *count && devices[*index] != device)
        ++*index;
    return code == CL_SUCCESS && *index == *count ? CL_INVALID_DEVICE : code;
}

/* OpenCL gives the binaries of all devices at once, except those whose place is NULL. */
static cl_int read_binary(cl_program program, size_t index, size_t count, size_t size,
                          clstep__text *into)
{
    unsigned char *places[DEVICES_MAX] = {0};
    places[index] = clstep__allocate(size, 1);
    if (!places[index])
        return CL_OUT_OF_HOST_MEMORY;
    cl_int code =
        clGetProgramInfo(program, CL_PROGRAM_BINARIES, count * sizeof *places, places, NULL);
    if (code == CL_SUCCESS)
        clstep__text_append(into, (const char *)places[index], size);
    clstep__free(places[index]);
    return code == CL_SUCCESS && into->failed ? CL_OUT_OF_HOST_MEMORY : code;
}

clstep_status clstep__binary_take(const char *call, cl_program program, cl_device_id device,
                                  clstep__text *into)
{
    size_t sizes[DEVICES_MAX] = {0};
    size_t index, count;
    cl_int code = find_device(program, device, &index, &count);
    if (code == CL_SUCCESS)
        code = clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof sizes, sizes, NULL);
    if (code == CL_SUCCESS && sizes[index] > 0)
        code = read_binary(program, index, count, sizes[index], into);
    if (code == CL_OUT_OF_HOST_MEMORY)
        return clstep__no_memory(call);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clGetProgramInfo", code);
}

/* Whether the program has the kernel: some drivers check a binary only when asked for a kernel. */
static bool has_kernel(cl_program program)
{
    cl_kernel kernel = clCreateKernel(program, "clstep_update", NULL);
    if (kernel)
        clReleaseKernel(kernel);
    return kernel != NULL;
}

bool clstep__binary_load(cl_context context, cl_device_id device, const char *options,
                         const unsigned char *binary, size_t size, cl_program *program)
{
    cl_int valid = CL_SUCCESS, code;
    *program = clCreateProgramWithBinary(context, 1, &device, &size, &binary, &valid, &code);
    if (!*program)
        return false;
    if (valid == CL_SUCCESS &&
        clBuildProgram(*program, 1, &device, options, NULL, NULL) == CL_SUCCESS &&
        has_kernel(*program))
        return true;
    clReleaseProgram(*program);
    *program = NULL;
    return false;
}
