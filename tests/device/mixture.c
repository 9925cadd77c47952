/* Steps tensors of all formats on the device. mixture_expect.c computes the expected bytes. */
#include "mixture.h"

#include "reference/block8_step.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 128, CANARY = 0xa5 };

static unsigned long long next(mixture *m)
{
    unsigned long long z = (m->random += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static double uniform(mixture *m)
{
    return (double)(next(m) >> 11) / 4503599627370496.0 - 1.0;
}

/* Seven decades, zeros of both signs, and whole blocks of zeros, of equals and of the tiny. */
static double usual_gradient(mixture *m, size_t index)
{
    const double drawn = uniform(m) * pow(10, (double)(index % 8) - 5);
    if (m->gradients == MIXTURE_HUGE && index % 101 == 5)
        return 5.745e19; /* 0.1 of its square lies between the bits 0x7f700000 and infinity */
    switch (index / BLOCK % 9) {
    case 2:
        return 0;
    case 4:
        return 0.25;
    case 6:
        return drawn * 1e-18;
    default:
        return index % 31 == 3 ? 0 : index % 31 == 7 ? -0.0 : drawn;
    }
}

/* Two decades; in every third block, in others after two steps, one number that the codes of the
 * rest do not reach, or no other. */
static double gradient_in_block(mixture *m, size_t tensor, size_t i)
{
    const double huge = 5.745e19;
    const size_t block = i / BLOCK;
    const double drawn = pow(10, uniform(m)) * (i % 2 ? -1 : 1);
    const int is_one = i % BLOCK == block * 37 % BLOCK;
    const int has_nan = m->gradients == MIXTURE_NAN;
    switch ((block + tensor * 7 + m->step / 2 * 11) % 24) {
    case 0:
        return 0;
    case 3:
    case 6:
        return is_one ? 0 : drawn;
    case 9:
        return is_one ? 1e-15 : drawn;
    case 12:
        return is_one ? huge : drawn;
    case 15:
        return is_one && has_nan ? INFINITY : drawn;
    case 18:
        return is_one && has_nan ? NAN : drawn;
    case 21:
        return is_one && has_nan ? INFINITY : huge;
    default:
        return drawn;
    }
}

static double gradient(mixture *m, size_t tensor, size_t i)
{
    return m->gradients == MIXTURE_BLOCKS || m->gradients == MIXTURE_NAN
               ? gradient_in_block(m, tensor, i)
               : usual_gradient(m, i + tensor);
}

/* ---- the tensors */

void mixture_standard(mixture *m, const char *rule_name, const clstep_rule *rule)
{
    static const size_t sizes[] = {0,   1,   3,   15,   16,   17,    63, 64, 65,
                                   127, 128, 129, 1000, 4097, 65539, 5,  0,  7};
    const size_t most = getenv("CLSTEP_QUICK") ? 1500 : 65539;
    *m = (mixture){
        .engine = the.engine, .rule = *rule, .seed = 1234567, .group_count = 1, .buffer_count = 1};
    snprintf(m->name, sizeof m->name, "%s", rule_name);
    m->tensor_count = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < m->tensor_count; i++)
        m->tensors[i].count = sizes[i] <= most ? sizes[i] : 333;
}

int mixture_exists(const mixture *m)
{
    cl_device_fp_config doubles = 0;
    clGetDeviceInfo(the.device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof doubles, &doubles, NULL);
    const int wants_fp64 =
        m->param_dtype == CLSTEP_DTYPE_FLOAT64 || m->grad_dtype == CLSTEP_DTYPE_FLOAT64;
    if (wants_fp64 && !doubles)
        return 0;
    if (m->param_dtype == CLSTEP_DTYPE_FLOAT64 && m->state_storage != 0)
        return 0;
    return clstep_dtype_size(m->param_dtype) == 2 || m->param_storage == 0;
}

clstep_rule mixture_rule(const mixture *m, size_t group)
{
    clstep_rule rule = m->rule;
    rule.lr *= (double)(group + 1);
    rule.weight_decay *= 1.0 + 2.0 * (double)group;
    return rule;
}

/* No two tensors have the same place, whatever buffers they are in: what goes to a wrong one hits
 * no tensor there. From round to round of the buffers, other ones belong together. */
static void lay_out(mixture *m)
{
    uint64_t element = 0;
    for (size_t i = 0; i < m->tensor_count; i++) {
        mixture_tensor *tensor = &m->tensors[i];
        tensor->group = i * m->group_count / m->tensor_count;
        tensor->param_buffer = i % m->buffer_count;
        tensor->grad_buffer = (i + i / m->buffer_count) % m->buffer_count;
        tensor->param_offset = m->param_size + (m->is_dense ? 0 : 5 + i % 3 * 4 + i % 2);
        tensor->grad_offset =
            m->grad_size + (m->is_dense ? 0 : 5 + i % 3 * 4 + (i % 5 == 4 ? 2 : i % 2));
        m->param_size = tensor->param_offset + tensor->count;
        m->grad_size = tensor->grad_offset + tensor->count;
        tensor->element = element;
        element += (tensor->count + BLOCK - 1) / BLOCK * BLOCK;
    }
    m->param_size += 64;
    m->grad_size += 64;
}

static void write_bytes(cl_mem buffer, size_t offset, const unsigned char *from, size_t size)
{
    if (size > 0)
        ck_cl(clEnqueueWriteBuffer(the.queue, buffer, CL_TRUE, offset, size, from, 0, NULL, NULL));
}

static unsigned char *read_bytes(cl_mem buffer, size_t offset, size_t size)
{
    unsigned char *bytes = malloc(size + 1);
    if (size > 0)
        ck_cl(clEnqueueReadBuffer(the.queue, buffer, CL_TRUE, offset, size, bytes, 0, NULL, NULL));
    return bytes;
}

/* Buffers full of canaries. */
static void open_buffers(const mixture *m, int in_one, size_t bytes, shared_buffers *shared,
                         cl_mem *buffers)
{
    unsigned char *contents = malloc(bytes);
    memset(contents, CANARY, bytes);
    if (m->is_shared)
        shared_open(shared, in_one, m->buffer_count, bytes, buffers);
    for (size_t b = 0; b < m->buffer_count; b++) {
        cl_int code = CL_SUCCESS;
        if (!m->is_shared)
            buffers[b] = clCreateBuffer(the.context, CL_MEM_READ_WRITE, bytes, NULL, &code);
        ck_cl(code);
        write_bytes(buffers[b], 0, contents, bytes);
    }
    free(contents);
}

static void close_buffers(const mixture *m, shared_buffers *shared, const cl_mem *buffers)
{
    if (m->is_shared) {
        shared_close(shared, m->buffer_count, buffers);
        return;
    }
    for (size_t b = 0; b < m->buffer_count; b++)
        clReleaseMemObject(buffers[b]);
}

static void start_param(mixture *m, mixture_tensor *tensor)
{
    const size_t size = clstep_dtype_size(m->param_dtype);
    tensor->param = calloc(tensor->count + 1, size);
    tensor->grad = calloc(tensor->count + 1, clstep_dtype_size(m->grad_dtype));
    for (size_t i = 0; i < tensor->count; i++)
        clstep__number_to(m->param_dtype, uniform(m), tensor->param + i * size);
    write_bytes(m->params[tensor->param_buffer], tensor->param_offset * size, tensor->param,
                tensor->count * size);
}

static size_t index_in_group(const mixture *m, size_t tensor)
{
    size_t index = 0;
    while (index < tensor && m->tensors[tensor - index - 1].group == m->tensors[tensor].group)
        index++;
    return index;
}

static clstep_state_array array_of(const mixture *m, size_t tensor, size_t index)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    ck_ok(clstep_optimizer_state_array(m->optimizer, m->tensors[tensor].group,
                                       index_in_group(m, tensor), index, &array));
    return array;
}

/* The first values are the device's: what they must be is tested by itself. */
static void start_arrays(mixture *m, size_t index)
{
    mixture_tensor *tensor = &m->tensors[index];
    const size_t count =
        clstep_optimizer_state_count(m->optimizer, tensor->group, index_in_group(m, index));
    ck_assert_uint_le(count, MIXTURE_ARRAYS_MAX);
    ck_cl(clFinish(the.queue));
    for (size_t k = 0; k < count; k++) {
        const clstep_state_array array = array_of(m, index, k);
        const size_t size = clstep_dtype_size(array.dtype);
        tensor->arrays[k] = read_bytes(array.buffer, array.offset * size, array.count * size);
    }
}

void mixture_create(mixture *m)
{
    clstep_tensor described[MIXTURE_TENSORS_MAX] = {{0}};
    for (size_t i = 0; i < m->tensor_count; i++)
        described[i] = (clstep_tensor){.param = m->params[m->tensors[i].param_buffer],
                                       .grad = m->grads[m->tensors[i].grad_buffer],
                                       .param_offset = m->tensors[i].param_offset,
                                       .grad_offset = m->tensors[i].grad_offset,
                                       .count = m->tensors[i].count,
                                       .param_dtype = m->param_dtype,
                                       .grad_dtype = m->grad_dtype};
    clstep_rule rules[MIXTURE_GROUPS_MAX];
    clstep_group groups[MIXTURE_GROUPS_MAX] = {{0}};
    for (size_t g = 0; g < m->group_count; g++) {
        rules[g] = mixture_rule(m, g);
        groups[g] =
            (clstep_group){CLSTEP_GROUP_SIZES, .rule = &rules[g], .state_storage = m->state_storage,
                           .param_storage = m->param_storage};
    }
    for (size_t i = 0; i < m->tensor_count; i++) {
        clstep_group *group = &groups[m->tensors[i].group];
        if (group->tensor_count++ == 0)
            group->tensors = &described[i];
    }
    clstep_optimizer_options options = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    options.seed = m->seed;
    clstep_status status = clstep_optimizer_create(&m->optimizer, m->engine, the.queue,
                                                   m->group_count, groups, &options, NULL);
    ck_assert_msg(status == CLSTEP_OK, "%s: %s", m->name, clstep_last_error()->message);
}

void mixture_open(mixture *m)
{
    m->random = 20120229;
    lay_out(m);
    open_buffers(m, 0, m->param_size * clstep_dtype_size(m->param_dtype), &m->shared_params,
                 m->params);
    open_buffers(m, 1, m->grad_size * clstep_dtype_size(m->grad_dtype), &m->shared_grads, m->grads);
    for (size_t i = 0; i < m->tensor_count; i++)
        start_param(m, &m->tensors[i]);
    mixture_create(m);
    while (clstep_rule_state_name(&m->rule, m->state_count))
        m->state_count++;
    for (size_t i = 0; i < m->tensor_count; i++)
        start_arrays(m, i);
}

void mixture_gradients(mixture *m)
{
    const size_t size = clstep_dtype_size(m->grad_dtype);
    for (size_t k = 0; k < m->tensor_count; k++) {
        mixture_tensor *tensor = &m->tensors[k];
        for (size_t i = 0; i < tensor->count; i++)
            clstep__number_to(m->grad_dtype, gradient(m, k, i), tensor->grad + i * size);
        write_bytes(m->grads[tensor->grad_buffer], tensor->grad_offset * size, tensor->grad,
                    tensor->count * size);
    }
}

/* ---- comparing */

static int are_nan(int32_t dtype, const unsigned char *device, const unsigned char *reference)
{
    return dtype <= CLSTEP_DTYPE_FLOAT64 && isnan(clstep__number_from(dtype, device)) &&
           isnan(clstep__number_from(dtype, reference));
}

/* Which NaN comes out of arithmetic is for the device to say. */
static size_t compare(const mixture *m, size_t tensor, const char *what, int32_t dtype,
                      size_t count, const unsigned char *device, const unsigned char *reference)
{
    const size_t size = clstep_dtype_size(dtype);
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(device + i * size, reference + i * size, size) == 0 ||
            are_nan(dtype, device + i * size, reference + i * size))
            continue;
        if (different++ == 0) {
            fprintf(stderr, "%s: step %u, tensor %zu (%zu elements), %s[%zu]: device 0x", m->name,
                    m->step, tensor, m->tensors[tensor].count, what, i);
            for (size_t b = size; b-- > 0;)
                fprintf(stderr, "%02x", device[i * size + b]);
            fprintf(stderr, ", reference 0x");
            for (size_t b = size; b-- > 0;)
                fprintf(stderr, "%02x", reference[i * size + b]);
            fprintf(stderr, "\n");
        }
    }
    totals->compared += count;
    return different;
}

/* No assertion for each byte: each writes to Check's pipe. */
static void ck_untouched(const mixture *m, size_t buffer, const unsigned char *image, size_t from,
                         size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (image[i] != CANARY)
            ck_abort_msg("%s: byte %zu of buffer %zu, outside every tensor, was overwritten",
                         m->name, i, buffer);
    }
}

static size_t compare_params(const mixture *m, size_t buffer)
{
    const size_t size = clstep_dtype_size(m->param_dtype);
    unsigned char *image = read_bytes(m->params[buffer], 0, m->param_size * size);
    size_t different = 0;
    size_t end = 0;
    for (size_t k = 0; k <= m->tensor_count; k++) {
        const mixture_tensor *tensor = k < m->tensor_count ? &m->tensors[k] : NULL;
        if (tensor && tensor->param_buffer != buffer)
            continue;
        const size_t begin = (tensor ? tensor->param_offset : m->param_size) * size;
        ck_untouched(m, buffer, image, end, begin);
        if (tensor) {
            different +=
                compare(m, k, "p", m->param_dtype, tensor->count, image + begin, tensor->param);
            end = begin + tensor->count * size;
        }
    }
    free(image);
    return different;
}

void mixture_compare(mixture *m)
{
    size_t different = 0;
    for (size_t b = 0; b < m->buffer_count; b++)
        different += compare_params(m, b);
    for (size_t k = 0; k < m->tensor_count; k++) {
        for (size_t a = 0; a < MIXTURE_ARRAYS_MAX && m->tensors[k].arrays[a]; a++) {
            const clstep_state_array array = array_of(m, k, a);
            const size_t size = clstep_dtype_size(array.dtype);
            unsigned char *device =
                read_bytes(array.buffer, array.offset * size, array.count * size);
            different += compare(m, k, array.name, array.dtype, array.count, device,
                                 m->tensors[k].arrays[a]);
            free(device);
        }
    }
    totals->different += different;
    ck_assert_msg(different == 0, "%s: %zu elements differ from the reference in step %u", m->name,
                  different, m->step);
}

void mixture_step(mixture *m)
{
    mixture_gradients(m);
    ck_ok(clstep_optimizer_step(m->optimizer, the.queue, NULL, 0, NULL, NULL));
    mixture_expect(m);
    mixture_compare(m);
}

void mixture_close(mixture *m)
{
    clstep_optimizer_destroy(m->optimizer);
    close_buffers(m, &m->shared_params, m->params);
    close_buffers(m, &m->shared_grads, m->grads);
    for (size_t k = 0; k < m->tensor_count; k++) {
        free(m->tensors[k].param);
        free(m->tensors[k].grad);
        for (size_t a = 0; a < MIXTURE_ARRAYS_MAX; a++)
            free(m->tensors[k].arrays[a]);
    }
    totals->cases++;
}
