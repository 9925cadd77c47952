/* The engine: checks its options, chooses launch parameters, and holds a program for each kernel
 * variant. program.c builds programs; blobs are in engine_blob.c. */
#include "engine/engine.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/device_pointers.h"
#include "device/failure.h"
#include "device/query.h"
#include "engine/binary.h"

#include <stdio.h>
#include <string.h>

static clstep_status check_options(const clstep_engine_options *given,
                                   clstep_engine_options *options)
{
    if (!clstep__struct_read(options, given, CLSTEP__SIZES(clstep_engine_options)))
        return clstep__refuse("clstep_engine_create",
                              "options must start as CLSTEP_ENGINE_OPTIONS_INIT");
    const uint32_t width = options->vector_width;
    if (width != 0 && width != 1 && width != 4 && width != 8 && width != 16)
        return clstep__refuse("clstep_engine_create",
                              "options.vector_width must be 0, 1, 4, 8 or 16");
    if (options->chunk_elements % 16 != 0 || options->chunk_elements > 1u << 30)
        return clstep__refuse("clstep_engine_create",
                              "options.chunk_elements must be a multiple of 16 and at most 2^30");
    if ((uint32_t)options->access > CLSTEP_ACCESS_UNALIGNED)
        return clstep__refuse(
            "clstep_engine_create",
            "options.access must be CLSTEP_ACCESS_DEFAULT, _ALIGNED or _UNALIGNED");
    return CLSTEP_OK;
}

static clstep_status check_device(cl_context context, cl_device_id device)
{
    cl_device_id devices[64];
    size_t size = 0;
    cl_int code = clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof devices, devices, &size);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetContextInfo", code);
    for (size_t i = 0; i < size / sizeof *devices; i++) {
        if (devices[i] == device)
            return CLSTEP_OK;
    }
    return clstep__refuse("clstep_engine_create", "device is not one of context's devices");
}

/* A step needs markers and fills, which drivers older than OpenCL 1.2 do not have. */
static clstep_status check_abilities(cl_device_id device, const clstep_device_info *info)
{
    unsigned major = 0, minor = 0;
    if (sscanf(info->device_version, "OpenCL %u.%u", &major, &minor) != 2 ||
        major * 10 + minor < 12)
        return clstep__fail(CLSTEP_UNSUPPORTED, "clstep_engine_create",
                            "the device offers \"%s\"; clstep needs OpenCL 1.2 or newer",
                            info->device_version);
    static const clstep__query query = CLSTEP__QUERY(CL_DEVICE_COMPILER_AVAILABLE);
    cl_bool compiler = CL_FALSE;
    clstep_status status = clstep__device_value(device, query, &compiler, sizeof compiler);
    if (status != CLSTEP_OK)
        return status;
    if (!compiler)
        return clstep__fail(CLSTEP_UNSUPPORTED, "clstep_engine_create",
                            "the device's driver has no compiler; take another device");
    return CLSTEP_OK;
}

/* Chooses launch parameters by the type of the device. For CPUs they were measured on two cores
 * with AVX-512 under PoCL 3.1, fp32, 64M elements, medians of rounds in turn. One work-item for
 * each chunk, with vectors of full width, reaches the limit; float4 reaches 0.8 of it, float8 0.95.
 * Chunks of 4K, 32K, 64K and 256K and aligned accesses gave 0.97 to 1.01, as much as two equal runs
 * differ there; shorter chunks spread better over more cores. For GPUs they were chosen without a
 * measurement: accesses of 16 bytes by neighbouring work-items are the widest that there are.
 * docs/gpu.md has what an H100 reached with them later. */
static void choose_launch(clstep_engine *engine, const clstep_device_info *info)
{
    if (info->type & CL_DEVICE_TYPE_CPU) {
        engine->width = info->vector_width >= 16 ? 16 : info->vector_width >= 8 ? 8 : 4;
        engine->aligned = 0;
        engine->group_size = 1;
        engine->chunk_elements = 16384;
    } else {
        engine->width = 4;
        engine->aligned = 1;
        engine->group_size = 256;
        engine->chunk_elements = 8192;
    }
}

static clstep_status settle_launch(clstep_engine *engine, const clstep_engine_options *options)
{
    if (options->vector_width)
        engine->width = options->vector_width;
    if (options->chunk_elements)
        engine->chunk_elements = options->chunk_elements;
    if (options->access != CLSTEP_ACCESS_DEFAULT)
        engine->aligned = options->access == CLSTEP_ACCESS_ALIGNED;
    if (engine->width == 1)
        engine->aligned = 0; /* one program for both */
    size_t sizes[16] = {0};
    size_t largest = 0;
    static const clstep__query of_items = CLSTEP__QUERY(CL_DEVICE_MAX_WORK_ITEM_SIZES);
    static const clstep__query of_groups = CLSTEP__QUERY(CL_DEVICE_MAX_WORK_GROUP_SIZE);
    static const clstep__query of_local = CLSTEP__QUERY(CL_DEVICE_LOCAL_MEM_SIZE);
    cl_ulong local = 0;
    clstep_status status = clstep__device_value(engine->device, of_items, sizes, sizeof sizes);
    if (status == CLSTEP_OK)
        status = clstep__device_value(engine->device, of_groups, &largest, sizeof largest);
    if (status == CLSTEP_OK)
        status = clstep__device_value(engine->device, of_local, &local, sizeof local);
    if (status != CLSTEP_OK)
        return status;
    engine->local_memory = local;
    if (sizes[0] < largest)
        largest = sizes[0];
    if (options->work_group_size) {
        if (options->work_group_size > largest)
            return clstep__fail(CLSTEP_INVALID_ARGUMENT, "clstep_engine_create",
                                "options.work_group_size is %u; the device takes at most %zu",
                                (unsigned)options->work_group_size, largest);
        engine->group_size = options->work_group_size;
    }
    while (engine->group_size > largest)
        engine->group_size /= 2;
    return CLSTEP_OK;
}

/* Asks for fp64 only if the extension is there: in OpenCL 1.2 the query may fail without it. */
static clstep_status ask_double(clstep_engine *engine)
{
    static const clstep__query query = CLSTEP__QUERY(CL_DEVICE_DOUBLE_FP_CONFIG);
    cl_device_fp_config doubles = 0;
    bool has = false;
    clstep_status status =
        clstep__device_extension("clstep_engine_create", engine->device, "cl_khr_fp64", &has);
    if (status == CLSTEP_OK && has)
        status = clstep__device_value(engine->device, query, &doubles, sizeof doubles);
    engine->has_double = doubles != 0;
    return status;
}

static clstep_status set_up(clstep_engine *engine, const clstep_engine_options *options)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep_status status = clstep_device_describe(engine->device, &info);
    if (status != CLSTEP_OK)
        return status;
    status = check_abilities(engine->device, &info);
    if (status != CLSTEP_OK)
        return status;
    engine->correctly_rounded = info.correctly_rounded != 0;
    engine->max_allocation = info.max_allocation;
    status = ask_double(engine);
    if (status != CLSTEP_OK)
        return status;
    status =
        clstep__device_pointer_kinds("clstep_engine_create", engine->device, &engine->pointers);
    if (status != CLSTEP_OK)
        return status;
    choose_launch(engine, &info);
    return settle_launch(engine, options);
}

clstep_status clstep_engine_create(clstep_engine **engine, cl_context context, cl_device_id device,
                                   const clstep_engine_options *options)
{
    if (!engine)
        return clstep__refuse("clstep_engine_create", "engine is NULL");
    *engine = NULL;
    if (!context || !device)
        return clstep__refuse("clstep_engine_create", "%s",
                              context ? "device is NULL" : "context is NULL");
    clstep_engine_options own = CLSTEP_ENGINE_OPTIONS_INIT;
    clstep_status status = options ? check_options(options, &own) : CLSTEP_OK;
    if (status == CLSTEP_OK)
        status = check_device(context, device);
    if (status != CLSTEP_OK)
        return status;
    clstep_engine *made = clstep__allocate(1, sizeof *made);
    if (!made || pthread_mutex_init(&made->lock, NULL) != 0) {
        clstep__free(made);
        return clstep__no_memory("clstep_engine_create");
    }
    made->device = device;
    clstep__process_enter(&made->process);
    cl_int code = clRetainContext(context); /* which keeps the device */
    if (code == CL_SUCCESS) {
        made->context = context;
        status = set_up(made, &own);
    } else {
        status = clstep__cl_failed("clRetainContext", code);
    }
    if (status != CLSTEP_OK) {
        clstep_engine_destroy(made);
        return clstep__failed_in(status, "clstep_engine_create");
    }
    *engine = made;
    return CLSTEP_OK;
}

static void free_program(clstep__program *entry)
{
    if (entry->program)
        clReleaseProgram(entry->program);
    clstep__free(entry->options);
    clstep__free(entry);
}

void clstep_engine_destroy(clstep_engine *engine)
{
    if (!engine)
        return;
    /* a forked child must leave the driver alone */
    const bool ours = clstep__process_is_ours(&engine->process);
    while (engine->programs) {
        clstep__program *entry = engine->programs;
        engine->programs = entry->next;
        if (!ours)
            entry->program = NULL;
        free_program(entry);
    }
    if (ours && engine->context)
        clReleaseContext(engine->context);
    clstep__text_free(&engine->build_log);
    clstep__blob_free(&engine->blob);
    pthread_mutex_destroy(&engine->lock);
    clstep__process_leave(&engine->process);
    clstep__free(engine);
}

/* Needs the lock. Makes the program of these options from the blob; false if the blob does not have
 * it or the driver refuses it: then compile it. */
static bool load_program(clstep_engine *engine, const char *options, cl_program *program)
{
    clstep__blob_entry *entry = clstep__blob_find(&engine->blob, options, strlen(options));
    if (!entry || entry->refused)
        return false;
    if (clstep__binary_load(engine->context, engine->device, options, entry->binary, entry->size,
                            program))
        return true;
    entry->refused = true;
    engine->counts.refused++;
    return false;
}

/* Loads or builds a program and adds it to the list. Takes over `options`. */
static clstep_status add_program(clstep_engine *engine, char *options, clstep__program **entry)
{
    clstep__program *made = clstep__allocate(1, sizeof *made);
    if (!made) {
        clstep__free(options);
        return clstep__no_memory("clstep_optimizer_create");
    }
    made->options = options;
    made->loaded = load_program(engine, options, &made->program);
    clstep_status status = CLSTEP_OK;
    if (!made->loaded)
        status = clstep__program_build(engine->context, engine->device, options, &made->program,
                                       &engine->build_log);
    if (status != CLSTEP_OK) {
        free_program(made);
        return status;
    }
    engine->counts.compiled += !made->loaded;
    engine->counts.loaded += made->loaded;
    made->next = engine->programs;
    engine->programs = made;
    *entry = made;
    return CLSTEP_OK;
}

/* Needs the lock, so that two threads do not build the same program. */
static clstep_status find_program(clstep_engine *engine, const clstep__kernel_variant *wanted,
                                  clstep__program **entry)
{
    clstep__text options = {0};
    clstep__kernel_options(wanted, engine->correctly_rounded, &options);
    if (options.failed) {
        clstep__text_free(&options);
        return clstep__no_memory("clstep_optimizer_create");
    }
    for (*entry = engine->programs; *entry; *entry = (*entry)->next) {
        if (strcmp((*entry)->options, options.bytes) == 0) {
            clstep__text_free(&options);
            return CLSTEP_OK;
        }
    }
    return add_program(engine, options.bytes, entry);
}

clstep_status clstep__engine_kernel(clstep_engine *engine, const clstep__variant *variant,
                                    const clstep__format *format, uint32_t binding,
                                    const char *name, cl_kernel *kernel)
{
    const clstep__kernel_variant wanted = {.variant = *variant,
                                           .format = *format,
                                           .width = engine->width,
                                           .aligned = engine->aligned,
                                           .group_size = engine->group_size,
                                           .binding = binding};
    clstep__program *entry = NULL;
    pthread_mutex_lock(&engine->lock);
    clstep_status status = find_program(engine, &wanted, &entry);
    if (status == CLSTEP_OK) {
        cl_int code;
        *kernel = clCreateKernel(entry->program, name, &code);
        if (!*kernel)
            status = clstep__cl_failed("clCreateKernel", code);
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

clstep_status clstep_engine_build_log(clstep_engine *engine, char *text, size_t capacity,
                                      size_t *needed)
{
    static const char call[] = "clstep_engine_build_log";
    if (!engine)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "engine is NULL");
    /* in a forked child a thread that does not exist there may hold the lock */
    if (!clstep__process_is_ours(&engine->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call, "the engine was made before fork()");
    if (!text && capacity > 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "text is NULL although capacity is above 0");
    pthread_mutex_lock(&engine->lock);
    const size_t length = engine->build_log.length;
    if (capacity > 0) {
        const size_t copied = length < capacity ? length : capacity - 1;
        if (copied > 0)
            memcpy(text, engine->build_log.bytes, copied);
        text[copied] = '\0';
    }
    if (needed)
        *needed = length + 1;
    pthread_mutex_unlock(&engine->lock);
    return CLSTEP_OK;
}
