/*
 * A rule as JSON: {"preset": "torch", "lr": 0.01, "centered": true, ...}. The preset stands for
 * algorithm and rounding profile. The other fields have their names in clstep_rule; a missing field
 * has the preset's value.
 */
#ifndef CLSTEP_CHECKPOINT_RULE_JSON_H
#define CLSTEP_CHECKPOINT_RULE_JSON_H

#include "safetensors/json.h"

#include <clstep/rule.h>
#include <jansson.h>

/* The preset with the rule's algorithm and rounding profile. If there are several, the one with the
 * most fields in common. */
const char *clstep__nearest_preset(const clstep_rule *rule);

/* A new object with all fields of a valid rule; NULL if the host is out of memory. */
json_t *clstep__rule_to_json(const clstep_rule *rule);

/* Fills `rule` from the object at `json`, and validates it. `members` has the names of other keys
 * that the object may have, and gets the positions of their values. Refuses any other key: it may
 * be a field of a newer version, which must not be ignored. Failures are CLSTEP_INVALID_FILE;
 * `where` begins their message, for example "group 0". */
clstep_status clstep__rule_from_json(const char *call, const char *where, clstep__json *json,
                                     clstep__json_members *members, clstep_rule *rule);

#endif
