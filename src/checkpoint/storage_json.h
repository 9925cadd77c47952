/*
 * How a group keeps its state and its 16-bit parameters, as JSON beside its rule: "state_dtype":
 * "BF16" or "U8", "param_storage": "nearest", "master" or "residual"; neither where it is the
 * default.
 */
#ifndef CLSTEP_CHECKPOINT_STORAGE_JSON_H
#define CLSTEP_CHECKPOINT_STORAGE_JSON_H

#include "safetensors/json.h"

#include <clstep/rule.h>
#include <jansson.h>
#include <stdbool.h>

bool clstep__storage_is_known(clstep_state_storage state_storage,
                              clstep_param_storage param_storage);

/* Sets the keys in `object`; not 0 where memory is out. */
int clstep__storage_to_json(json_t *object, clstep_state_storage state_storage,
                            clstep_param_storage param_storage);

/* Reads their values, whose `next` is NULL where they are missing; false if one is none that is
 * known. `scratch` has room for the bytes that they take. */
bool clstep__storage_from_json(clstep__json *state, clstep__json *param, char *scratch,
                               clstep_state_storage *state_storage,
                               clstep_param_storage *param_storage);

#endif
