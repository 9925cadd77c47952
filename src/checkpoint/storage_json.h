/*
 * State storage and parameter storage of a group as JSON, beside its rule: "state_dtype": "BF16" or
 * "U8"; "param_storage": "nearest", "master" or "residual". A missing key means the default.
 */
#ifndef CLSTEP_CHECKPOINT_STORAGE_JSON_H
#define CLSTEP_CHECKPOINT_STORAGE_JSON_H

#include "safetensors/json.h"

#include <clstep/rule.h>
#include <jansson.h>
#include <stdbool.h>

bool clstep__storage_is_known(clstep_state_storage state_storage,
                              clstep_param_storage param_storage);

/* Sets the keys in `object`; returns 0, or another number if the host is out of memory. */
int clstep__storage_to_json(json_t *object, clstep_state_storage state_storage,
                            clstep_param_storage param_storage);

/* Reads their values; `next` is NULL for a missing one. False if a value is unknown. `scratch`
 * needs room for them. */
bool clstep__storage_from_json(clstep__json *state, clstep__json *param, char *scratch,
                               clstep_state_storage *state_storage,
                               clstep_param_storage *param_storage);

#endif
