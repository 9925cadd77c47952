/* Opens a file of reference data. rows.c reads its rows. */
#include "data.h"

#include "norms.h"
#include "rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

unsigned problems;

void problem(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("reference: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    problems++;
}

static clstep_safetensors *open_file(const char *folder, const char *name, char path[TEXT_MAX])
{
    clstep_safetensors *file = NULL;
    snprintf(path, TEXT_MAX, "%s/%s.safetensors", folder, name);
    if (clstep_safetensors_open(&file, path) != CLSTEP_OK)
        problem("%s: %s", path, clstep_last_error()->message);
    return file;
}

bool data_open(data *from, const char *folder, const char *name)
{
    memset(from, 0, sizeof *from);
    from->file = open_file(folder, name, from->path);
    if (!from->file)
        return false;
    from->framework = clstep_safetensors_metadata(from->file, "framework");
    from->cpu = clstep_safetensors_metadata(from->file, "cpu");
    from->command = clstep_safetensors_metadata(from->file, "command");
    if (!from->framework || !from->cpu || !from->command) {
        problem("%s: its metadata must say \"framework\", \"cpu\" and \"command\"", from->path);
        return false;
    }
    return read_rows(from);
}

void data_close(data *from)
{
    clstep_safetensors_close(from->file);
    from->file = NULL;
}

/* Reads a whole tensor of `count` elements of 4 bytes. */
static bool read_tensor(const clstep_safetensors *file, const char *path, const char *name,
                        const char *dtype, size_t count, void *to)
{
    const size_t index = clstep_safetensors_find(file, name);
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    if (index == SIZE_MAX) {
        problem("%s: there is no tensor \"%s\"", path, name);
        return false;
    }
    if (clstep_safetensors_tensor_at(file, index, &tensor) != CLSTEP_OK ||
        strcmp(tensor.dtype, dtype) != 0 || tensor.count != count) {
        problem("%s: tensor \"%s\" is not %zu elements of %s", path, name, count, dtype);
        return false;
    }
    if (clstep_safetensors_read(file, index, 0, count * 4, to) != CLSTEP_OK) {
        problem("%s: %s", path, clstep_last_error()->message);
        return false;
    }
    return true;
}

size_t name_arrays(const clstep_rule *rule, const char *names[ARRAYS_MAX])
{
    size_t count = 0;
    names[count++] = "param";
    for (const char *state; count < ARRAYS_MAX; count++) {
        if (!(state = clstep_rule_state_name(rule, count - 1)))
            break;
        names[count] = state;
    }
    return count;
}

/* The norms that the framework took. If they are global, both models have one in each step; else
 * the small model has one for each tensor. */
static bool read_norms(const data *from, const row *of, norms *into, size_t *taken)
{
    static float small[STEPS * SMALL_TENSORS], large[STEPS];
    const size_t count = of->rule.clip == CLSTEP_CLIP_GLOBAL_NORM ? 1 : SMALL_TENSORS;
    char name[256];
    snprintf(name, sizeof name, "%s/norm", of->name);
    bool good = read_tensor(from->file, from->path, name, "F32", STEPS * count, small);
    snprintf(name, sizeof name, "%s/large.norm", of->name);
    good &= read_tensor(from->file, from->path, name, "F32", STEPS, large);
    *taken += 2;
    for (size_t t = 0; t < STEPS; t++) {
        for (size_t k = 0; k < SMALL_TENSORS; k++)
            into->norm[t][k] = small[t * count + k % count];
        into->norm[t][SMALL_TENSORS] = large[t];
    }
    return good;
}

bool data_read(const data *from, const row *of, recording *into, size_t *taken)
{
    bool good = true;
    char name[256];
    into->count = name_arrays(&of->rule, into->names);
    for (size_t k = 0; k < into->count; k++) {
        snprintf(name, sizeof name, "%s/%s", of->name, into->names[k]);
        good &= read_tensor(from->file, from->path, name, "F32", STEPS * SMALL, into->small[k]);
        snprintf(name, sizeof name, "%s/large.%s.crc", of->name, into->names[k]);
        good &= read_tensor(from->file, from->path, name, "U32", STEPS, into->large_crc[k]);
        *taken += 2;
    }
    if (of->differs) {
        snprintf(name, sizeof name, "%s/large.param.values", of->name);
        good &= read_tensor(from->file, from->path, name, "F32", 2 * LARGE, into->large_param);
        *taken += 1;
    }
    if (of->by_norm)
        good &= read_norms(from, of, &into->by, taken);
    return good;
}

void check_inputs(const char *folder, const inputs *in)
{
    char path[TEXT_MAX];
    clstep_safetensors *file = open_file(folder, "inputs", path);
    if (!file)
        return;
    static float param[SMALL], grad[STEPS][SMALL];
    uint32_t param_crc, grad_crc[STEPS];
    if (read_tensor(file, path, "param", "F32", SMALL, param) &&
        read_tensor(file, path, "grad", "F32", STEPS * SMALL, grad) &&
        read_tensor(file, path, "large.param.crc", "U32", 1, &param_crc) &&
        read_tensor(file, path, "large.grad.crc", "U32", STEPS, grad_crc)) {
        bool same = memcmp(param, in->param, sizeof param) == 0 &&
                    param_crc == crc_of(in->param + SMALL, LARGE);
        for (int t = 0; t < STEPS; t++)
            same = same && memcmp(grad[t], in->grad[t], sizeof grad[t]) == 0 &&
                   grad_crc[t] == crc_of(in->grad[t] + SMALL, LARGE);
        if (!same)
            problem("%s does not hold the inputs that are made here", path);
    }
    clstep_safetensors_close(file);
}
