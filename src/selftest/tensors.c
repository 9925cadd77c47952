/* Lays out the tensors of a trial, and creates its buffers and optimizer. inputs.c fills in the
 * numbers. */
#include "selftest/tensors.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/device_pointers.h"
#include "device/failure.h"

#include <string.h>

const uint64_t clstep__trial_seed = UINT64_C(0x123456789abcdef);

/* Sizes around those of a vector, a work-group and a chunk. */
static const size_t sizes[CLSTEP__TRIAL_TENSORS] = {0,  1,    3,    15,    16, 17, 63, 64,
                                                    65, 1000, 4097, 65539, 0,  5,  7};

enum { QUICK_SIZE_MOST = 1000, QUICK_SIZE = 33, GUARD = 64 };

/* ---- places */

/* The gaps make every alignment of parameter and gradient occur. */
static void lay_out(clstep__trial *trial)
{
    const clstep__trial_setting *setting = trial->setting;
    size_t places[CLSTEP__TRIAL_GROUPS] = {0};
    for (size_t k = 0; k < trial->tensor_count; k++) {
        clstep__trial_tensor *tensor = &trial->tensors[k];
        tensor->count = sizes[k % CLSTEP__TRIAL_TENSORS];
        if (setting->quick && tensor->count > QUICK_SIZE_MOST)
            tensor->count = QUICK_SIZE;
        tensor->group = k % trial->group_count;
        tensor->place = places[tensor->group]++;
        tensor->param_buffer = k % trial->buffer_count;
        tensor->grad_buffer = k * 3 % trial->buffer_count;
        clstep__trial_buffer *param = &trial->params[tensor->param_buffer];
        clstep__trial_buffer *grad = &trial->grads[tensor->grad_buffer];
        tensor->param_offset = param->size + 5 + k % 3 * 4 + k % 2;
        tensor->grad_offset = grad->size + 5 + k % 3 * 4 + (k % 5 == 4 ? 2 : k % 2);
        param->size = tensor->param_offset + tensor->count;
        grad->size = tensor->grad_offset + tensor->count;
    }
}

/* In the optimizer's order of tensors: group after group. */
static void number_elements(clstep__trial *trial)
{
    for (size_t g = 0; g < trial->group_count; g++) {
        for (size_t k = 0; k < trial->tensor_count; k++) {
            clstep__trial_tensor *tensor = &trial->tensors[k];
            if (tensor->group != g)
                continue;
            tensor->element = trial->elements;
            trial->elements += (tensor->count + CLSTEP_BLOCK8_ELEMENTS - 1) /
                               CLSTEP_BLOCK8_ELEMENTS * CLSTEP_BLOCK8_ELEMENTS;
        }
    }
}

static clstep_status open_host(clstep__trial_buffer *buffer, int32_t dtype)
{
    buffer->size += GUARD;
    buffer->width = clstep_dtype_size(dtype);
    buffer->host = clstep__allocate(buffer->size, buffer->width);
    return buffer->host ? CLSTEP_OK : clstep__no_memory("clstep_selftest");
}

clstep_status clstep__tensors_write(const clstep__trial *trial, const clstep__trial_buffer *buffer)
{
    cl_int code = clEnqueueWriteBuffer(trial->setting->queue, buffer->device, CL_TRUE, 0,
                                       buffer->size * buffer->width, buffer->host, 0, NULL, NULL);
    return code == CL_SUCCESS ? CLSTEP_OK : clstep__cl_failed("clEnqueueWriteBuffer", code);
}

/* Allocates a buffer; inputs.c fills it later. */
static clstep_status open_shared(const clstep__trial *trial, clstep__trial_buffer *buffer)
{
    const size_t bytes = buffer->size * buffer->width;
    buffer->shared = clstep__shared_allocate(trial->setting->context, bytes);
    if (!buffer->shared)
        return clstep__cl_failed("clSVMAlloc", CL_MEM_OBJECT_ALLOCATION_FAILURE);
    cl_int code;
    buffer->device =
        clCreateBuffer(trial->setting->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes,
                       buffer->shared, &code);
    if (!buffer->device)
        return clstep__cl_failed("clCreateBuffer", code);
    return clstep__tensors_write(trial, buffer);
}

static clstep_status open_device(const clstep__trial *trial, clstep__trial_buffer *buffer)
{
    if (trial->setting->of->shared)
        return open_shared(trial, buffer);
    cl_int code;
    buffer->device =
        clCreateBuffer(trial->setting->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                       buffer->size * buffer->width, buffer->host, &code);
    return buffer->device ? CLSTEP_OK : clstep__cl_failed("clCreateBuffer", code);
}

static clstep_status allocate_arrays(clstep__trial *trial)
{
    const clstep__variant variant = clstep__variant_of(&trial->rules[0]);
    clstep_array_form forms[CLSTEP__ARRAYS_MAX];
    trial->array_count = clstep__format_arrays(&variant, &trial->setting->of->format, forms);
    for (size_t a = 0; a < trial->array_count; a++) {
        clstep__trial_array *array = &trial->arrays[a];
        array->form = forms[a];
        array->width = clstep_dtype_size(forms[a].dtype);
        array->host = clstep__allocate(trial->elements / forms[a].per, array->width);
        array->read = clstep__allocate(trial->elements / forms[a].per, array->width);
        if (!array->host || !array->read)
            return clstep__no_memory("clstep_selftest");
    }
    return CLSTEP_OK;
}

static size_t larger(size_t than, const clstep__trial_buffer *buffer)
{
    const size_t bytes = buffer->size * buffer->width;
    return bytes > than ? bytes : than;
}

static clstep_status allocate(clstep__trial *trial)
{
    const clstep__format *format = &trial->setting->of->format;
    size_t largest = 0;
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        status = open_host(&trial->params[b], format->param);
        if (status == CLSTEP_OK)
            status = open_host(&trial->grads[b], format->grad);
        largest = larger(larger(largest, &trial->params[b]), &trial->grads[b]);
    }
    if (status != CLSTEP_OK)
        return status;
    trial->read = clstep__allocate(largest, 1);
    return trial->read ? allocate_arrays(trial) : clstep__no_memory("clstep_selftest");
}

static clstep_status create_optimizer(clstep__trial *trial)
{
    const clstep__format *format = &trial->setting->of->format;
    clstep_tensor tensors[CLSTEP__TRIAL_GROUPS][CLSTEP__TRIAL_TENSORS_MAX];
    clstep_group groups[CLSTEP__TRIAL_GROUPS];
    memset(tensors, 0, sizeof tensors);
    memset(groups, 0, sizeof groups);
    for (size_t k = 0; k < trial->tensor_count; k++) {
        const clstep__trial_tensor *tensor = &trial->tensors[k];
        tensors[tensor->group][tensor->place] =
            (clstep_tensor){.param = trial->params[tensor->param_buffer].device,
                            .grad = trial->grads[tensor->grad_buffer].device,
                            .param_offset = tensor->param_offset,
                            .grad_offset = tensor->grad_offset,
                            .count = tensor->count,
                            .param_dtype = format->param,
                            .grad_dtype = format->grad};
        groups[tensor->group].tensor_count++;
    }
    for (size_t g = 0; g < trial->group_count; g++) {
        groups[g].size = sizeof *groups;
        groups[g].tensor_size = sizeof **tensors;
        groups[g].rule = &trial->rules[g];
        groups[g].tensors = tensors[g];
        groups[g].state_storage = format->state == CLSTEP_DTYPE_FLOAT64 ? 0 : format->state;
        groups[g].param_storage = format->storage;
    }
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.seed = clstep__trial_seed;
    return clstep_optimizer_create(&trial->optimizer, trial->setting->engine, trial->setting->queue,
                                   trial->group_count, groups, &options, NULL);
}

clstep_status clstep__tensors_open_host(clstep__trial *trial)
{
    lay_out(trial);
    number_elements(trial);
    return allocate(trial);
}

clstep_status clstep__tensors_open_device(clstep__trial *trial)
{
    clstep_status status = CLSTEP_OK;
    for (size_t b = 0; b < trial->buffer_count && status == CLSTEP_OK; b++) {
        status = open_device(trial, &trial->params[b]);
        if (status == CLSTEP_OK)
            status = open_device(trial, &trial->grads[b]);
    }
    return status == CLSTEP_OK ? create_optimizer(trial) : status;
}

static void close_buffer(const clstep__trial *trial, clstep__trial_buffer *buffer)
{
    if (buffer->device)
        clReleaseMemObject(buffer->device);
    if (buffer->shared && !trial->is_busy)
        clstep__shared_free(trial->setting->context, buffer->shared);
    clstep__free(buffer->host);
}

void clstep__tensors_close(clstep__trial *trial)
{
    clstep_optimizer_destroy(trial->optimizer);
    for (size_t b = 0; b < trial->buffer_count; b++) {
        close_buffer(trial, &trial->params[b]);
        close_buffer(trial, &trial->grads[b]);
    }
    for (size_t a = 0; a < trial->array_count; a++) {
        clstep__free(trial->arrays[a].host);
        clstep__free(trial->arrays[a].read);
    }
    clstep__free(trial->read);
}
