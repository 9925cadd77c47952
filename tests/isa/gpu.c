/* The imaginary GPU: answers queries, and prints the programs that it gets. gpu_commands.c has its
 * queue. */
#include "gpu.h"

#include <stdlib.h>
#include <string.h>

struct _cl_device_id {
    cl_device_fp_config floats;
};

struct _cl_command_queue {
    cl_device_id device;
};

struct _cl_mem {
    cl_mem_flags flags;
    size_t size;
    void *host;
};

enum { FLOATS = CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST | CL_FP_FMA | CL_FP_DENORM };

static struct _cl_device_id devices[2] = {{FLOATS}, {FLOATS | CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT}};
static struct _cl_command_queue queues[2] = {{&devices[0]}, {&devices[1]}};
static char context_itself, program_itself, kernel_itself;
static char *options, *source;
static gpu_record record;

cl_device_id gpu_device(int correctly_rounded)
{
    return &devices[correctly_rounded != 0];
}

cl_context gpu_context(void)
{
    return (cl_context)&context_itself;
}

cl_command_queue gpu_queue(cl_device_id device)
{
    return &queues[device - devices];
}

void gpu_forget(void)
{
    record = (gpu_record){.source = source};
}

const gpu_record *gpu_recorded(void)
{
    return &record;
}

static cl_int succeed(cl_int *code)
{
    if (code)
        *code = CL_SUCCESS;
    return CL_SUCCESS;
}

/* Hands out what was asked for as OpenCL does; `text` or `number` is the answer. */
static cl_int answer(const void *from, size_t length, size_t size, void *value, size_t *needed)
{
    if (value && size < length)
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, from, length);
    if (needed)
        *needed = length;
    return CL_SUCCESS;
}

#define ANSWER(type, number) answer(&(const type){number}, sizeof(type), size, value, needed)
#define ANSWER_TEXT(text)    answer(text, sizeof text, size, value, needed)

/* ---- the device */

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value,
                       size_t *needed)
{
    static const size_t sizes[3] = {1024, 1024, 64};
    switch (what) {
    case CL_DEVICE_TYPE:
        return ANSWER(cl_device_type, CL_DEVICE_TYPE_GPU);
    case CL_DEVICE_PLATFORM:
        return ANSWER(cl_platform_id, NULL);
    case CL_DEVICE_SINGLE_FP_CONFIG:
        return ANSWER(cl_device_fp_config, device->floats);
    case CL_DEVICE_DOUBLE_FP_CONFIG:
        return ANSWER(cl_device_fp_config, FLOATS);
    case CL_DEVICE_SVM_CAPABILITIES:
        return ANSWER(cl_device_svm_capabilities, CL_DEVICE_SVM_COARSE_GRAIN_BUFFER);
    case CL_DEVICE_QUEUE_PROPERTIES:
        return ANSWER(cl_command_queue_properties, 0);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
        return ANSWER(cl_ulong, (cl_ulong)16 << 30);
    case CL_DEVICE_LOCAL_MEM_SIZE:
        return ANSWER(cl_ulong, 64 << 10);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
        return ANSWER(cl_ulong, (cl_ulong)4 << 30);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES:
        return answer(sizes, sizeof sizes, size, value, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        return ANSWER(size_t, 1024);
    case CL_DEVICE_COMPILER_AVAILABLE:
        return ANSWER(cl_bool, CL_TRUE);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
        return ANSWER(cl_bool, CL_FALSE);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT:
        return ANSWER(cl_uint, 1);
    case CL_DEVICE_EXTENSIONS:
        return ANSWER_TEXT("cl_khr_fp64 cl_khr_byte_addressable_store");
    case CL_DEVICE_VERSION:
        return ANSWER_TEXT("OpenCL 3.0");
    case CL_DEVICE_NAME:
    case CL_DEVICE_VENDOR:
    case CL_DRIVER_VERSION:
        return ANSWER_TEXT("imaginary");
    default:
        return CL_INVALID_VALUE;
    }
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t size, void *value,
                         size_t *needed)
{
    (void)platform;
    (void)what;
    return ANSWER_TEXT("imaginary");
}

cl_int clGetContextInfo(cl_context context, cl_context_info what, size_t size, void *value,
                        size_t *needed)
{
    (void)context;
    const cl_device_id both[2] = {&devices[0], &devices[1]};
    return what == CL_CONTEXT_DEVICES ? answer(both, sizeof both, size, value, needed)
                                      : CL_INVALID_VALUE;
}

cl_int clGetCommandQueueInfo(cl_command_queue queue, cl_command_queue_info what, size_t size,
                             void *value, size_t *needed)
{
    switch (what) {
    case CL_QUEUE_CONTEXT:
        return ANSWER(cl_context, gpu_context());
    case CL_QUEUE_DEVICE:
        return ANSWER(cl_device_id, queue->device);
    case CL_QUEUE_PROPERTIES:
        return ANSWER(cl_command_queue_properties, 0);
    default:
        return CL_INVALID_VALUE;
    }
}

/* ---- programs */

static char *copy(const char *text, size_t length)
{
    char *made = malloc(length + 1);
    if (!made)
        abort();
    memcpy(made, text, length);
    made[length] = '\0';
    return made;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *lengths, cl_int *code)
{
    (void)context;
    (void)count; /* the library gives one */
    free(source);
    record.source = source = copy(texts[0], lengths[0]);
    succeed(code);
    return (cl_program)&program_itself;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *list, const char *text,
                      void(CL_CALLBACK *notify)(cl_program, void *), void *data)
{
    (void)program;
    (void)count;
    (void)list;
    (void)notify;
    (void)data;
    free(options);
    record.options = options = copy(text, strlen(text));
    return CL_SUCCESS;
}

cl_int clGetProgramBuildInfo(cl_program program, cl_device_id device, cl_program_build_info what,
                             size_t size, void *value, size_t *needed)
{
    (void)program;
    (void)device;
    (void)what;
    return ANSWER_TEXT("");
}

/* Nobody keeps binaries here. */
cl_int clGetProgramInfo(cl_program program, cl_program_info what, size_t size, void *value,
                        size_t *needed)
{
    (void)program;
    (void)what;
    (void)size;
    (void)value;
    (void)needed;
    return CL_INVALID_VALUE;
}

cl_program clCreateProgramWithBinary(cl_context context, cl_uint count, const cl_device_id *list,
                                     const size_t *lengths, const unsigned char **binaries,
                                     cl_int *status, cl_int *code)
{
    (void)context;
    (void)count;
    (void)list;
    (void)lengths;
    (void)binaries;
    (void)status;
    *code = CL_INVALID_BINARY;
    return NULL;
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    (void)program;
    (void)name;
    succeed(code);
    return (cl_kernel)&kernel_itself;
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    (void)kernel;
    (void)index;
    (void)size;
    (void)value;
    return CL_SUCCESS;
}

cl_int clSetKernelExecInfo(cl_kernel kernel, cl_kernel_exec_info what, size_t size,
                           const void *value)
{
    (void)kernel;
    (void)what;
    (void)size;
    (void)value;
    return CL_SUCCESS;
}

/* ---- buffers */

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code)
{
    (void)context;
    cl_mem made = malloc(sizeof *made);
    if (!made)
        abort();
    *made = (struct _cl_mem){flags, size, host};
    /* the table of chunks comes with its contents */
    if (!(flags & (CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR)) && record.state_count < GPU_STATES_MAX)
        record.states[record.state_count++] = size;
    succeed(code);
    return made;
}

void *clSVMAlloc(cl_context context, cl_svm_mem_flags flags, size_t size, cl_uint alignment)
{
    (void)context;
    (void)flags;
    (void)alignment;
    return malloc(size);
}

void clSVMFree(cl_context context, void *memory)
{
    (void)context;
    free(memory);
}

cl_int clGetMemObjectInfo(cl_mem buffer, cl_mem_info what, size_t size, void *value, size_t *needed)
{
    switch (what) {
    case CL_MEM_TYPE:
        return ANSWER(cl_mem_object_type, CL_MEM_OBJECT_BUFFER);
    case CL_MEM_CONTEXT:
        return ANSWER(cl_context, gpu_context());
    case CL_MEM_FLAGS:
        return ANSWER(cl_mem_flags, buffer->flags);
    case CL_MEM_SIZE:
        return ANSWER(size_t, buffer->size);
    case CL_MEM_ASSOCIATED_MEMOBJECT:
        return ANSWER(cl_mem, NULL);
    case CL_MEM_USES_SVM_POINTER: /* all that is the caller's memory */
        return ANSWER(cl_bool, (buffer->flags & CL_MEM_USE_HOST_PTR) != 0);
    case CL_MEM_HOST_PTR:
        return ANSWER(void *, buffer->host);
    default:
        return CL_INVALID_VALUE;
    }
}
