#include "store/storage_json.h"

#include <stddef.h>
#include <string.h>

static const char *const states[] = {
    [CLSTEP_FLOAT32] = "", [CLSTEP_BFLOAT16] = "BF16", [CLSTEP_UINT8] = "U8"};
static const char *const storages[] = {[CLSTEP_PARAM_STOCHASTIC] = "",
                                       [CLSTEP_PARAM_NEAREST] = "nearest",
                                       [CLSTEP_PARAM_MASTER] = "master",
                                       [CLSTEP_PARAM_RESIDUAL] = "residual"};
enum { STATES = sizeof states / sizeof *states, STORAGES = sizeof storages / sizeof *storages };

bool clstep__storage_is_known(int32_t state_dtype, int32_t param_storage)
{
    return state_dtype >= 0 && state_dtype < STATES && states[state_dtype] && param_storage >= 0 &&
           param_storage < STORAGES;
}

int clstep__storage_to_json(json_t *object, int32_t state_dtype, int32_t param_storage)
{
    int failed = 0;
    if (state_dtype != 0)
        failed |= json_object_set_new(object, "state_dtype", json_string(states[state_dtype]));
    if (param_storage != 0)
        failed |=
            json_object_set_new(object, "param_storage", json_string(storages[param_storage]));
    return failed;
}

/* The number of the text under `key`, 0 where there is none, -1 for one that is not known. */
static int32_t number_of(const json_t *object, const char *key, const char *const *texts,
                         int32_t count)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return 0;
    const char *text = json_string_value(value);
    for (int32_t i = 1; text && i < count; i++) {
        if (texts[i] && strcmp(texts[i], text) == 0)
            return i;
    }
    return -1;
}

bool clstep__storage_from_json(const json_t *object, int32_t *state_dtype, int32_t *param_storage)
{
    *state_dtype = number_of(object, "state_dtype", states, STATES);
    *param_storage = number_of(object, "param_storage", storages, STORAGES);
    return *state_dtype >= 0 && *param_storage >= 0;
}
