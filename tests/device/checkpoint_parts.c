/* Makes, trains and saves a model of several parts. The tests check the results. */
#include "checkpoint_parts.h"

#include <stdlib.h>
#include <string.h>

const part abc[] = {{"a", 0, 300}, {"b", 384, 128}, {"c", 512, 1000}};
const part cab[] = {{"c", 512, 1000}, {"a", 0, 300}, {"b", 384, 128}};

clstep_rule parts_rule;
clstep_state_storage parts_state_storage;
clstep_dtype parts_param_dtype;

static uint16_t upper_half(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

/* Numbers that are the same in bf16 and in fp32. */
static cl_mem numbers(unsigned seed, clstep_dtype dtype)
{
    static uint16_t halves[COUNT];
    static uint32_t words[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        halves[i] = upper_half((float)(seed >> 8) / 8388608.0f - 1.0f);
        words[i] = (uint32_t)halves[i] << 16;
    }
    const int is_bf16 = dtype == CLSTEP_DTYPE_BFLOAT16;
    cl_int code;
    cl_mem made = clCreateBuffer(the.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                 is_bf16 ? sizeof halves : sizeof words,
                                 is_bf16 ? (void *)halves : words, &code);
    ck_cl(code);
    return made;
}

parts_model parts_make(const part *parts, size_t count, int numbered)
{
    clstep_tensor tensors[PARTS_MAX] = {{0}};
    parts_model made = {.params = numbers(1, parts_param_dtype),
                        .grads = numbers(2, CLSTEP_DTYPE_FLOAT32),
                        .tensors = count};
    for (size_t i = 0; i < count; i++)
        tensors[i] = (clstep_tensor){.param = made.params,
                                     .grad = made.grads,
                                     .param_offset = parts[i].first,
                                     .grad_offset = parts[i].first,
                                     .count = parts[i].count,
                                     .param_dtype = parts_param_dtype,
                                     .name = parts[i].name,
                                     .first_element = numbered ? parts[i].first : 0};
    const clstep_group group = {CLSTEP_GROUP_SIZES,
                                .rule = &parts_rule,
                                .tensors = tensors,
                                .tensor_count = count,
                                .state_storage = parts_state_storage,
                                .param_storage = CLSTEP_PARAM_STOCHASTIC};
    ck_ok(clstep_optimizer_create(&made.optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    return made;
}

void parts_drop(parts_model *m)
{
    clstep_optimizer_destroy(m->optimizer);
    clReleaseMemObject(m->params);
    clReleaseMemObject(m->grads);
}

void parts_step(parts_model *m, const char *left_out)
{
    unsigned char leave_out[PARTS_MAX] = {0};
    clstep_step_options options = CLSTEP_STEP_OPTIONS_INIT;
    for (size_t i = 0; left_out && i < m->tensors; i++)
        leave_out[i] = left_out[i] == '1';
    options.leave_out = leave_out;
    options.leave_out_count = m->tensors;
    ck_ok(clstep_optimizer_step(m->optimizer, the.queue, &options, 0, NULL, NULL));
}

void params_of(const parts_model *m, unsigned char params[4 * COUNT])
{
    memset(params, 0, 4 * COUNT);
    ck_cl(clEnqueueReadBuffer(the.queue, m->params, CL_TRUE, 0,
                              COUNT * clstep_dtype_size(parts_param_dtype), params, 0, NULL, NULL));
}

void same_params(const parts_model *m, const unsigned char wanted[4 * COUNT])
{
    static unsigned char got[4 * COUNT];
    params_of(m, got);
    ck_assert_mem_eq(got, wanted, sizeof got);
}

void same_part(const part *of, const unsigned char *got, const unsigned char *wanted)
{
    const size_t size = clstep_dtype_size(parts_param_dtype);
    ck_assert_mem_eq(got + size * of->first, wanted + size * of->first, size * of->count);
}

uint64_t parts_taken(const parts_model *m, size_t tensor)
{
    uint64_t steps = 0;
    ck_ok(clstep_optimizer_get_tensor_steps(m->optimizer, 0, tensor, &steps));
    return steps;
}

parts_saved parts_save(const parts_model *m, int with_params)
{
    parts_saved made;
    clstep_save_options options = CLSTEP_SAVE_OPTIONS_INIT;
    options.with_params = with_params;
    ck_ok(
        clstep_checkpoint_save_memory(m->optimizer, the.queue, &options, &made.bytes, &made.size));
    ck_ok(clstep_checkpoint_open_memory(&made.checkpoint, made.bytes, made.size));
    return made;
}

void parts_forget(parts_saved *of)
{
    clstep_checkpoint_close(of->checkpoint);
    clstep_store_free(of->bytes);
}

clstep_load_options parts_options(int with_params, int allow_unused)
{
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.with_params = with_params;
    options.allow_unused = allow_unused;
    return options;
}

const char *parts_metadata(const parts_saved *of)
{
    return clstep_safetensors_metadata(clstep_checkpoint_file(of->checkpoint), "clstep");
}
