/* Makes states of every framework in memory, translates them, and reads the results. */
#include "convert_fixture.h"

#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

/* v - m^2 is above 0 everywhere; bits in every place of the numbers. */
const convert_state ordinary_state = {.square = {0.123456789f, 3.3333333f, 1e-20f, 7e7f},
                                      .mean = {0.11111111f, -1.7777777f, 1e-12f, 0.0f},
                                      .momentum = {-0.7654321f, 1.2345678f, 0.0f, -3e-30f}};

convert_array convert_square(const char *name)
{
    return (convert_array){.name = name, .values = {1, 2, 3, 4}};
}

convert_array convert_number(const char *name, float value)
{
    return (convert_array){.name = name, .values = {value}, .has_shape = 1};
}

clstep_rule convert_rule(const char *preset, int centered, int momentum)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, preset), CLSTEP_OK);
    rule.centered = centered;
    rule.momentum = momentum ? 0.9 : 0;
    if (centered)
        rule.variance = CLSTEP_VARIANCE_DIFFERENCE;
    return rule;
}

static store_bytes take(clstep_writer *writer)
{
    void *bytes = NULL;
    store_bytes file = {NULL, 0};
    ck_assert_msg(clstep_writer_take(writer, &bytes, &file.size) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    file.at = malloc(file.size);
    memcpy(file.at, bytes, file.size);
    clstep_store_free(bytes);
    clstep_writer_destroy(writer);
    return file;
}

store_bytes convert_file(const convert_array *arrays, size_t count, const char *about)
{
    static const uint64_t shape[] = {CONVERT_COUNT};
    clstep_writer *writer;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    if (about)
        ck_assert_int_eq(clstep_writer_set_metadata(writer, "clstep", about), CLSTEP_OK);
    for (size_t i = 0; i < count; i++) {
        const convert_array *a = &arrays[i];
        ck_assert_int_eq(clstep_writer_add(writer, a->name, a->dtype ? a->dtype : "F32",
                                           a->has_shape ? a->rank : 1,
                                           a->has_shape ? a->shape : shape),
                         CLSTEP_OK);
    }
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = sizeof arrays[i].values;
        if (arrays[i].has_shape) {
            bytes = arrays[i].dtype && strchr(arrays[i].dtype, '6') ? 8 : 4;
            for (size_t d = 0; d < arrays[i].rank; d++)
                bytes *= arrays[i].shape[d];
        }
        ck_assert_int_eq(clstep_writer_write(writer, i, 0, bytes, arrays[i].values), CLSTEP_OK);
    }
    return take(writer);
}

static const float *array_of(const convert_state *state, const char *name)
{
    if (strcmp(name, "momentum_buffer") == 0)
        return state->momentum;
    return strcmp(name, "grad_avg") == 0 || strcmp(name, "exp_avg") == 0 ? state->mean
                                                                         : state->square;
}

store_bytes convert_checkpoint(const clstep_rule *rule, uint64_t steps, const convert_state *state)
{
    static const uint64_t shape[] = {2, 2};
    static const float param[] = {1.5f, -2.5f, 0.0f, 1e-7f};
    const clstep_tensor_name tensor = {"net/w", shape, 2};
    const clstep_checkpoint_group group = {.size = sizeof group,
                                           .rule = rule,
                                           .tensors = &tensor,
                                           .tensor_count = 1,
                                           .with_params = 1};
    clstep_writer *writer;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    ck_assert_msg(clstep_checkpoint_declare(writer, steps, 0, 1, &group) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, sizeof param, param), CLSTEP_OK);
    const char *name;
    for (size_t k = 0; (name = clstep_rule_state_name(rule, k)); k++)
        ck_assert_int_eq(clstep_writer_write(writer, k + 1, 0, sizeof param, array_of(state, name)),
                         CLSTEP_OK);
    return take(writer);
}

/* ---- translating */

static void note(const char *sentence, void *context)
{
    translation *t = context;
    const size_t length = strlen(t->said);
    ck_assert_int_lt(snprintf(t->said + length, sizeof t->said - length, "%s\n", sentence),
                     (int)(sizeof t->said - length));
    t->sentences++;
}

translation translate(store_bytes source, const char *from, const char *to,
                      const clstep_convert_options *given)
{
    translation t = {CLSTEP_OK, 0, "", {NULL, 0}};
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    if (given)
        options = *given;
    options.report = note;
    if (!options.context)
        options.context = &t;
    clstep_safetensors *file;
    clstep_writer *writer;
    ck_assert_msg(clstep_safetensors_open_memory(&file, source.at, source.size) == CLSTEP_OK, "%s",
                  clstep_last_error()->message);
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    t.status = clstep_convert(file, from, writer, to, &options);
    if (t.status == CLSTEP_OK)
        t.bytes = take(writer);
    else
        clstep_writer_destroy(writer);
    clstep_safetensors_close(file);
    return t;
}

translation translate_on(const translation *source, const char *from, const char *to)
{
    clstep_convert_options options = CLSTEP_CONVERT_OPTIONS_INIT;
    options.allow_inexact = 1;
    translation t = translate(source->bytes, from, to, &options);
    ck_assert_msg(t.status == CLSTEP_OK, "%s to %s: %s", from, to, clstep_last_error()->message);
    return t;
}

void translation_free(translation *t)
{
    free(t->bytes.at);
    t->bytes.at = NULL;
}

void ck_exact(const translation *t)
{
    ck_assert_msg(t->status == CLSTEP_OK, "%s", clstep_last_error()->message);
    ck_assert_str_eq(t->said, "");
}

void ck_said(const translation *t, const char *part)
{
    const char *at = strstr(t->said, part);
    ck_assert_msg(at != NULL, "\"%s\" is not in:\n%s", part, t->said);
    ck_assert_msg(strstr(at + 1, part) == NULL, "\"%s\" is said twice:\n%s", part, t->said);
}

/* ---- looking at files */

static clstep_safetensors *open_bytes(store_bytes bytes)
{
    clstep_safetensors *file;
    ck_assert_ptr_nonnull(bytes.at);
    ck_assert_int_eq(clstep_safetensors_open_memory(&file, bytes.at, bytes.size), CLSTEP_OK);
    return file;
}

const float *values_in(store_bytes bytes, const char *array)
{
    static float values[4][CONVERT_COUNT];
    static unsigned next;
    clstep_safetensors *file = open_bytes(bytes);
    const size_t index = clstep_safetensors_find(file, array);
    ck_assert_msg(index != SIZE_MAX, "there is no %s", array);
    next = (next + 1) % 4;
    ck_assert_int_eq(clstep_safetensors_read(file, index, 0, sizeof values[0], values[next]),
                     CLSTEP_OK);
    clstep_safetensors_close(file);
    return values[next];
}

int has_array(store_bytes bytes, const char *array)
{
    clstep_safetensors *file = open_bytes(bytes);
    const size_t index = clstep_safetensors_find(file, array);
    clstep_safetensors_close(file);
    return index != SIZE_MAX;
}

void ck_bits(store_bytes bytes, const char *array, const float *wanted)
{
    const float *got = values_in(bytes, array);
    for (size_t i = 0; i < CONVERT_COUNT; i++)
        ck_assert_msg(memcmp(&got[i], &wanted[i], sizeof *got) == 0, "%s[%zu] is %a, not %a", array,
                      i, (double)got[i], (double)wanted[i]);
}

void ck_rule(store_bytes bytes, const clstep_rule *rule, uint64_t steps)
{
    clstep_checkpoint *checkpoint;
    clstep_rule got = CLSTEP_RULE_INIT;
    ck_assert_msg(clstep_checkpoint_open_memory(&checkpoint, bytes.at, bytes.size) == CLSTEP_OK,
                  "%s", clstep_last_error()->message);
    ck_assert_uint_eq(clstep_checkpoint_steps(checkpoint), steps);
    ck_assert_uint_eq(clstep_checkpoint_group_count(checkpoint), 1);
    ck_assert_int_eq(clstep_checkpoint_rule(checkpoint, 0, &got), CLSTEP_OK);
    clstep_checkpoint_close(checkpoint);
    ck_assert(got.lr == rule->lr && got.rho == rule->rho && got.eps == rule->eps);
    ck_assert(got.momentum == rule->momentum && got.weight_decay == rule->weight_decay);
    ck_assert_mem_eq(&got, rule, sizeof got);
}
