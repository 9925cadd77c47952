/* The device that a command works on, with its queue, engine, programs and buffers. choose_device.c
 * chooses it. */
#include "cli/workplace.h"

#include "cli/choose_device.h"
#include "cli/terminal.h"

#include <clstep/tuning.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int workplace_open(workplace *place, const char *wanted)
{
    *place = (workplace){0};
    const int chosen = choose_device(&place->device, wanted);
    if (chosen != EXIT_OK)
        return chosen;
    cl_int code;
    place->context = clCreateContext(NULL, 1, &place->device, NULL, NULL, &code);
    if (!place->context)
        return complain_cl("clCreateContext", code);
    place->queue =
        clCreateCommandQueue(place->context, place->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (!place->queue) {
        workplace_close(place);
        return complain_cl("clCreateCommandQueue", code);
    }
    return EXIT_OK;
}

/* PoCL crashes if a process exits while its worker threads still run commands. */
void workplace_close(workplace *place)
{
    if (place->queue) {
        clFinish(place->queue);
        clReleaseCommandQueue(place->queue);
    }
    if (place->context)
        clReleaseContext(place->context);
    *place = (workplace){0};
}

int workplace_describe(const workplace *place, clstep_device_info *info)
{
    *info = (clstep_device_info)CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(place->device, info);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int workplace_print(const workplace *place)
{
    clstep_device_info info;
    int code = workplace_describe(place, &info);
    if (code != EXIT_OK)
        return code;
    print_sentence("%s %s, driver %s", info.platform_name, info.name, info.driver_version);
    putchar('\n');
    fflush(stdout);
    return EXIT_OK;
}

/* ---- engines and kernels ------------------------------------------------------------------- */

/* Reads the tuning file, and creates an engine to see whether the device takes what it says. */
static clstep_status read_launch(const workplace *place, clstep_engine_options *kept)
{
    clstep_engine *engine = NULL;
    clstep_status status = clstep_tuning_read(kept, place->device, NULL);
    if (status == CLSTEP_OK && kept->vector_width > 0)
        status = clstep_engine_create(&engine, place->context, place->device, kept);
    clstep_engine_destroy(engine);
    return status;
}

/* The tuning file has the names of clstep_engine_options. */
static void complain_launch(const char *message)
{
    const size_t prefix = strlen("options.");
    if (strncmp(message, "options.", prefix) == 0)
        message += prefix;
    complain(EXIT_OK, "not tuned: %s (clstep tune writes the file anew)", message);
}

void workplace_launch(const workplace *place, clstep_engine_options *options)
{
    clstep_engine_options kept = CLSTEP_ENGINE_OPTIONS_INIT;
    if (read_launch(place, &kept) != CLSTEP_OK) {
        complain_launch(clstep_last_error()->message);
        return;
    }
    if (!options->vector_width)
        options->vector_width = kept.vector_width;
    if (!options->work_group_size)
        options->work_group_size = kept.work_group_size;
    if (!options->chunk_elements)
        options->chunk_elements = kept.chunk_elements;
    if (options->access == CLSTEP_ACCESS_DEFAULT)
        options->access = kept.access;
}

int workplace_engine_with(const workplace *place, const clstep_engine_options *launch,
                          clstep_engine **engine)
{
    clstep_status status = clstep_engine_create(engine, place->context, place->device, launch);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

int workplace_engine(const workplace *place, clstep_engine **engine)
{
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    workplace_launch(place, &options);
    return workplace_engine_with(place, &options, engine);
}

/* Prints the log. Returns whether it names an error. */
static bool print_build_log(cl_program program, cl_device_id device)
{
    size_t size = 0;
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char *log = calloc(size + 1, 1);
    if (log)
        clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    const bool names_error = log && strstr(log, "error");
    if (log && log[0])
        fprintf(stderr, "%s\n", log);
    free(log);
    return names_error;
}

/* PoCL gives no reason if it cannot write its cache. */
static int complain_build(const workplace *place, cl_program program, cl_int code)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    if (!print_build_log(program, place->device) &&
        clstep_device_describe(place->device, &info) == CLSTEP_OK &&
        strcmp(info.platform_name, "Portable Computing Language") == 0)
        return complain(EXIT_FAILED,
                        "clBuildProgram failed with %s (%d); PoCL does so when it cannot "
                        "write its cache: set HOME, or POCL_CACHE_DIR, to a folder that can be "
                        "written",
                        clstep_cl_code_name(code), (int)code);
    return complain_cl("clBuildProgram", code);
}

int workplace_build(const workplace *place, const unsigned char *source, size_t size,
                    const char *options, cl_program *program)
{
    const char *text = (const char *)source;
    cl_int code;
    *program = clCreateProgramWithSource(place->context, 1, &text, &size, &code);
    if (!*program)
        return complain_cl("clCreateProgramWithSource", code);
    code = clBuildProgram(*program, 1, &place->device, options, NULL, NULL);
    if (code == CL_SUCCESS)
        return EXIT_OK;
    const int failed = complain_build(place, *program, code);
    clReleaseProgram(*program);
    *program = NULL;
    return failed;
}

int workplace_kernel(const workplace *place, const unsigned char *source, size_t size,
                     const char *options, const char *name, cl_program *program, cl_kernel *kernel)
{
    int built = workplace_build(place, source, size, options, program);
    if (built != EXIT_OK)
        return built;
    cl_int code;
    *kernel = clCreateKernel(*program, name, &code);
    return *kernel ? EXIT_OK : complain_cl("clCreateKernel", code);
}

/* ---- buffers and times --------------------------------------------------------------------- */

int buffer_create(const workplace *place, cl_mem *buffer, size_t size, const void *bytes)
{
    cl_int code;
    *buffer = clCreateBuffer(place->context, CL_MEM_READ_WRITE, size, NULL, &code);
    if (!*buffer)
        return complain(EXIT_FAILED, "the device gives no buffer of %zu bytes (OpenCL code %d)",
                        size, (int)code);
    return bytes ? buffer_write(place, *buffer, size, bytes) : EXIT_OK;
}

int buffer_write(const workplace *place, cl_mem buffer, size_t size, const void *bytes)
{
    cl_int code =
        clEnqueueWriteBuffer(place->queue, buffer, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueWriteBuffer", code);
}

int buffer_read(const workplace *place, cl_mem buffer, size_t size, void *bytes)
{
    cl_int code = clEnqueueReadBuffer(place->queue, buffer, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueReadBuffer", code);
}

void buffer_release(cl_mem buffer)
{
    if (buffer)
        clReleaseMemObject(buffer);
}

int event_add_seconds(cl_event event, double *seconds)
{
    cl_ulong start = 0, end = 0;
    cl_int code =
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
    if (code == CL_SUCCESS)
        code = clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
    clReleaseEvent(event);
    if (code != CL_SUCCESS)
        return complain_cl("clGetEventProfilingInfo", code);
    *seconds += (double)(end - start) * 1e-9;
    return EXIT_OK;
}
