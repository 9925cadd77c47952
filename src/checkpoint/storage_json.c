/* State storage and parameter storage of a group as JSON. */
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

/* The number of a text; `absent` if there is none, -1 if it is unknown. */
static int32_t number_of(clstep__json *value, char *scratch, const char *const *texts,
                         int32_t count, int32_t absent)
{
    size_t length = 0;
    if (!value->next)
        return absent;
    const bool is_text = clstep__json_text(value, scratch, &length);
    for (int32_t i = 0; is_text && i < count; i++) {
        if (texts[i] && texts[i][0] && strcmp(texts[i], scratch) == 0)
            return i;
    }
    return -1;
}

bool clstep__storage_from_json(clstep__json *state, clstep__json *param, char *scratch,
                               clstep_state_storage *state_storage,
                               clstep_param_storage *param_storage)
{
    const int32_t states_found = number_of(state, scratch, states, STATES, CLSTEP_STATE_FULL);
    /* Version 0.1 wrote nothing for stochastic rounding, its default. */
    const int32_t params_found =
        number_of(param, scratch, storages, STORAGES, CLSTEP_PARAM_STOCHASTIC);
    if (states_found < 0 || params_found < 0)
        return false;
    *state_storage = (clstep_state_storage)states_found;
    *param_storage = (clstep_param_storage)params_found;
    return true;
}
