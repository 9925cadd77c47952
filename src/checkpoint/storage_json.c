#include "checkpoint/storage_json.h"

#include <stddef.h>
#include <string.h>

static const char *const states[] = {
    [CLSTEP_STATE_FULL] = "", [CLSTEP_STATE_BFLOAT16] = "BF16", [CLSTEP_STATE_8BIT] = "U8"};
static const char *const storages[] = {[CLSTEP_PARAM_STOCHASTIC] = "stochastic",
                                       [CLSTEP_PARAM_NEAREST] = "nearest",
                                       [CLSTEP_PARAM_MASTER] = "master",
                                       [CLSTEP_PARAM_RESIDUAL] = "residual"};
#define STATES   ((int32_t)(sizeof states / sizeof *states))
#define STORAGES ((int32_t)(sizeof storages / sizeof *storages))

bool clstep__storage_is_known(clstep_state_storage state_storage,
                              clstep_param_storage param_storage)
{
    const int32_t state = (int32_t)state_storage, param = (int32_t)param_storage;
    return state >= 0 && state < STATES && states[state] && param >= 0 && param < STORAGES;
}

int clstep__storage_to_json(json_t *object, clstep_state_storage state_storage,
                            clstep_param_storage param_storage)
{
    int failed = 0;
    if (state_storage != 0)
        failed |= json_object_set_new(object, "state_dtype", json_string(states[state_storage]));
    if (param_storage != CLSTEP_PARAM_STOCHASTIC)
        failed |=
            json_object_set_new(object, "param_storage", json_string(storages[param_storage]));
    return failed;
}

/* The number of the text under `key`, `absent` where there is none, -1 for one that is not known.
 */
static int32_t number_of(const json_t *object, const char *key, const char *const *texts,
                         int32_t count, int32_t absent)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return absent;
    const char *text = json_string_value(value);
    for (int32_t i = 0; text && i < count; i++) {
        if (texts[i] && texts[i][0] && strcmp(texts[i], text) == 0)
            return i;
    }
    return -1;
}

bool clstep__storage_from_json(const json_t *object, clstep_state_storage *state_storage,
                               clstep_param_storage *param_storage)
{
    const int32_t state = number_of(object, "state_dtype", states, STATES, CLSTEP_STATE_FULL);
    /* Version 0.1 wrote no word for stochastic rounding, which was its default. */
    const int32_t param =
        number_of(object, "param_storage", storages, STORAGES, CLSTEP_PARAM_STOCHASTIC);
    if (state < 0 || param < 0)
        return false;
    *state_storage = (clstep_state_storage)state;
    *param_storage = (clstep_param_storage)param;
    return true;
}
