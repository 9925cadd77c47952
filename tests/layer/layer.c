/*
 * An OpenCL layer, loaded by the ICD loader through OPENCL_LAYERS, that counts calls, keeps a
 * ledger of references, and makes chosen calls fail. It sees what the library really does to
 * OpenCL, and needs no change of the library. One host thread at a time.
 */
#define CL_TARGET_OPENCL_VERSION 300
#include "events.h"
#include "ledger.h"
#include "oclgrind.h"
#include "queries.h"
#include "shared.h"

#include <CL/cl_layer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct _cl_icd_dispatch table;

static CL_API_ENTRY cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags,
                                                     size_t size, void *host, cl_int *code)
{
    const cl_int failed = enter(LAYER_BUFFERS);
    return failed ? fail_create(failed, code)
                  : created(next->clCreateBuffer(context, flags, size, host, code));
}

/* Plants an error: in every source, CLSTEP_LAYER_FROM becomes CLSTEP_LAYER_TO. NULL where memory is
 * short; to be freed. */
static char *replace(const char *source, size_t length)
{
    const char *from = getenv("CLSTEP_LAYER_FROM"), *to = getenv("CLSTEP_LAYER_TO");
    size_t room = length + 1;
    for (const char *at = source; from && to && (at = strstr(at, from)); at += strlen(from))
        room += strlen(to);
    char *made = calloc(room, 1);
    char *end = made;
    const char *rest = source;
    for (const char *at; made && from && to && (at = strstr(rest, from)); rest = at + strlen(from))
        end += sprintf(end, "%.*s%s", (int)(at - rest), rest, to);
    if (made)
        strcpy(end, rest);
    return made;
}

/* clstep's sources are single strings that end in '\0'. */
static CL_API_ENTRY cl_program CL_API_CALL create_program(cl_context context, cl_uint count,
                                                          const char **strings,
                                                          const size_t *lengths, cl_int *code)
{
    const cl_int failed = enter(LAYER_PROGRAMS);
    if (failed)
        return fail_create(failed, code);
    if (count != 1 || !lengths || !getenv("CLSTEP_LAYER_FROM"))
        return created(next->clCreateProgramWithSource(context, count, strings, lengths, code));
    char *replaced = replace(strings[0], lengths[0]);
    const char *source = replaced;
    cl_program made = replaced ? next->clCreateProgramWithSource(context, 1, &source, NULL, code)
                               : fail_create(CL_OUT_OF_HOST_MEMORY, code);
    free(replaced);
    return created(made);
}

static CL_API_ENTRY cl_program CL_API_CALL create_from_binary(cl_context context, cl_uint count,
                                                              const cl_device_id *devices,
                                                              const size_t *lengths,
                                                              const unsigned char **binaries,
                                                              cl_int *valid, cl_int *code)
{
    const cl_int failed = enter(LAYER_BINARIES);
    return failed ? fail_create(failed, code)
                  : created(next->clCreateProgramWithBinary(context, count, devices, lengths,
                                                            binaries, valid, code));
}

static CL_API_ENTRY cl_command_queue CL_API_CALL create_queue(
    cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *code)
{
    const cl_int failed = enter(LAYER_QUEUES);
    return failed ? fail_create(failed, code)
                  : created(next->clCreateCommandQueue(context, device, properties, code));
}

/* CLSTEP_LAYER_OPTIONS is appended to the options of every build: a device that is poorer than it
 * is. */
static cl_int build_poorly(cl_program program, cl_uint count, const cl_device_id *devices,
                           const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                           void *data)
{
    const char *more = getenv("CLSTEP_LAYER_OPTIONS");
    char all[4096];
    snprintf(all, sizeof all, "%s %s", options ? options : "", more ? more : "");
    return next->clBuildProgram(program, count, devices, all, notify, data);
}

static CL_API_ENTRY cl_int CL_API_CALL build_program(cl_program program, cl_uint count,
                                                     const cl_device_id *devices,
                                                     const char *options,
                                                     void(CL_CALLBACK *notify)(cl_program, void *),
                                                     void *data)
{
    size_t source = 0; /* with its '\0', which some drivers count where there is none */
    next->clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &source);
    const cl_int failed = enter(source > 1 ? LAYER_PROGRAMS : LAYER_BINARIES);
    return failed ? failed : build_poorly(program, count, devices, options, notify, data);
}

static CL_API_ENTRY cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name,
                                                        cl_int *code)
{
    const cl_int failed = enter(LAYER_KERNELS);
    return failed ? fail_create(failed, code) : created(next->clCreateKernel(program, name, code));
}

static CL_API_ENTRY cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                                    const void *value)
{
    const cl_int failed = enter(LAYER_ARGUMENTS);
    return failed ? failed : next->clSetKernelArg(kernel, index, size, value);
}

static CL_API_ENTRY cl_int CL_API_CALL set_exec_info(cl_kernel kernel, cl_kernel_exec_info what,
                                                     size_t size, const void *value)
{
    const cl_int failed = enter(LAYER_ADDRESSES);
    return failed ? failed : private_exec_info(next, kernel, what, size, value);
}

static CL_API_ENTRY cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel,
                                              cl_uint dims, const size_t *offset,
                                              const size_t *global, const size_t *local,
                                              cl_uint count, const cl_event *list, cl_event *event)
{
    const cl_int failed = enter(LAYER_KERNEL_LAUNCHES);
    if (!failed && fails_later(LAYER_KERNEL_LAUNCHES))
        return enqueue_late(queue, event);
    return failed ? failed
                  : enqueued(next->clEnqueueNDRangeKernel(queue, kernel, dims, offset, global,
                                                          local, count, list, event),
                             event);
}

static CL_API_ENTRY cl_int CL_API_CALL marker(cl_command_queue queue, cl_uint count,
                                              const cl_event *list, cl_event *event)
{
    const cl_int failed = enter(LAYER_MARKERS);
    return failed ? failed
                  : enqueued(next->clEnqueueMarkerWithWaitList(queue, count, list, event), event);
}

static CL_API_ENTRY cl_int CL_API_CALL fill(cl_command_queue queue, cl_mem buffer,
                                            const void *pattern, size_t pattern_size, size_t offset,
                                            size_t size, cl_uint count, const cl_event *list,
                                            cl_event *event)
{
    const cl_int failed = enter(LAYER_FILLS);
    if (failed)
        return failed;
    if (fails_later(LAYER_FILLS))
        return enqueue_late(queue, event);
    const cl_int code = for_oclgrind()
                            ? write_whole(next, queue, buffer, pattern, pattern_size, offset, size,
                                          count, list, event)
                            : next->clEnqueueFillBuffer(queue, buffer, pattern, pattern_size,
                                                        offset, size, count, list, event);
    return enqueued(code, event);
}

static CL_API_ENTRY cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem buffer,
                                                   cl_bool blocking, size_t offset, size_t size,
                                                   void *to, cl_uint count, const cl_event *list,
                                                   cl_event *event)
{
    const cl_int failed = enter(LAYER_TRANSFERS);
    return failed ? failed
                  : enqueued(next->clEnqueueReadBuffer(queue, buffer, blocking, offset, size, to,
                                                       count, list, event),
                             event);
}

static CL_API_ENTRY cl_int CL_API_CALL write_buffer(cl_command_queue queue, cl_mem buffer,
                                                    cl_bool blocking, size_t offset, size_t size,
                                                    const void *from, cl_uint count,
                                                    const cl_event *list, cl_event *event)
{
    const cl_int failed = enter(LAYER_TRANSFERS);
    if (failed)
        return failed;
    const cl_int code = for_oclgrind() ? write_whole(next, queue, buffer, from, size, offset, size,
                                                     count, list, event)
                                       : next->clEnqueueWriteBuffer(queue, buffer, blocking, offset,
                                                                    size, from, count, list, event);
    return enqueued(code, event);
}

static CL_API_ENTRY cl_int CL_API_CALL copy_buffer(cl_command_queue queue, cl_mem from, cl_mem to,
                                                   size_t from_offset, size_t to_offset,
                                                   size_t size, cl_uint count, const cl_event *list,
                                                   cl_event *event)
{
    const cl_int failed = enter(LAYER_TRANSFERS);
    if (failed)
        return failed;
    const cl_int code = for_oclgrind()
                            ? copy_by_the_host(next, queue, from, to, from_offset, to_offset, size,
                                               count, list, event)
                            : next->clEnqueueCopyBuffer(queue, from, to, from_offset, to_offset,
                                                        size, count, list, event);
    return enqueued(code, event);
}

static CL_API_ENTRY cl_int CL_API_CALL flush(cl_command_queue queue)
{
    const cl_int failed = enter(LAYER_SYNCS);
    return failed ? failed : next->clFlush(queue);
}

static CL_API_ENTRY cl_int CL_API_CALL finish(cl_command_queue queue)
{
    const cl_int failed = enter(LAYER_SYNCS);
    return failed ? failed : next->clFinish(queue);
}

static CL_API_ENTRY cl_int CL_API_CALL wait(cl_uint count, const cl_event *list)
{
    const cl_int failed = enter(LAYER_SYNCS);
    return failed ? failed : next->clWaitForEvents(count, list);
}

#define REFERENCES(type, name)                                                                     \
    static CL_API_ENTRY cl_int CL_API_CALL retain_##type(cl_##type object)                         \
    {                                                                                              \
        const cl_int failed = enter(LAYER_RETAINS);                                                \
        if (failed)                                                                                \
            return failed;                                                                         \
        live++;                                                                                    \
        return next->clRetain##name(object);                                                       \
    }                                                                                              \
    static CL_API_ENTRY cl_int CL_API_CALL release_##type(cl_##type object)                        \
    {                                                                                              \
        const cl_int failed = enter(LAYER_RELEASES);                                               \
        live--;                                                                                    \
        const cl_int code = next->clRelease##name(object);                                         \
        return failed ? failed : code;                                                             \
    }

REFERENCES(context, Context)
REFERENCES(command_queue, CommandQueue)
REFERENCES(mem, MemObject)
REFERENCES(program, Program)
REFERENCES(kernel, Kernel)
REFERENCES(event, Event)

EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value,
                                                      size_t *needed)
{
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    if (what != CL_LAYER_API_VERSION)
        return CL_INVALID_VALUE;
    if (value && size >= sizeof version)
        *(cl_layer_api_version *)value = version;
    if (needed)
        *needed = sizeof version;
    return CL_SUCCESS;
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries,
                                                   const struct _cl_icd_dispatch *target,
                                                   cl_uint *entries_made,
                                                   const struct _cl_icd_dispatch **made)
{
    if (entries < sizeof table / sizeof(void *))
        return CL_INVALID_VALUE;
    next = target;
    table = *target;
    table.clCreateBuffer = create_buffer;
    table.clCreateProgramWithSource = create_program;
    table.clCreateProgramWithBinary = create_from_binary;
    table.clCreateCommandQueue = create_queue;
    table.clBuildProgram = build_program;
    table.clCreateKernel = create_kernel;
    table.clSetKernelArg = set_argument;
    table.clSetKernelExecInfo = set_exec_info;
    add_queries(&table);
    table.clSVMAlloc = shared_allocate;
    table.clSVMFree = shared_free;
    table.clEnqueueNDRangeKernel = launch;
    table.clEnqueueMarkerWithWaitList = marker;
    table.clEnqueueFillBuffer = fill;
    table.clEnqueueReadBuffer = read_buffer;
    table.clEnqueueWriteBuffer = write_buffer;
    table.clEnqueueCopyBuffer = copy_buffer;
    table.clFlush = flush;
    table.clFinish = finish;
    table.clWaitForEvents = wait;
    table.clRetainContext = retain_context;
    table.clReleaseContext = release_context;
    table.clRetainCommandQueue = retain_command_queue;
    table.clReleaseCommandQueue = release_command_queue;
    table.clRetainMemObject = retain_mem;
    table.clReleaseMemObject = release_mem;
    table.clRetainProgram = retain_program;
    table.clReleaseProgram = release_program;
    table.clRetainKernel = retain_kernel;
    table.clReleaseKernel = release_kernel;
    table.clRetainEvent = retain_event;
    table.clReleaseEvent = release_event;
    *entries_made = sizeof table / sizeof(void *);
    *made = &table;
    return CL_SUCCESS;
}
