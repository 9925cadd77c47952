/*
 * A rule as JSON: {"preset": "torch", "lr": 0.01, "centered": true, ...}. The preset stands for the
 * algorithm and the order of the roundings; every other field has its name in clstep_rule, and the
 * preset's value where it is missing.
 */
#ifndef CLSTEP_CHECKPOINT_RULE_JSON_H
#define CLSTEP_CHECKPOINT_RULE_JSON_H

#include "safetensors/json.h"

#include <clstep/rule.h>
#include <jansson.h>

/* The preset of the rule's algorithm and order of roundings; of several, the one with the most
 * fields in common. */
const char *clstep__nearest_preset(const clstep_rule *rule);

/* All fields of a valid rule, in a new object; NULL where memory is out. */
json_t *clstep__rule_to_json(const clstep_rule *rule);

/* Fills `rule` from the object at `json`, and validates it. `members` has the names of the other
 * keys that the object may have, and gets the places of their values. Any other key is refused: it
 * may be a number of a newer version, and its meaning must not get lost. Failures are
 * CLSTEP_INVALID_FILE; `where` begins their sentence, such as "group 0". */
clstep_status clstep__rule_from_json(const char *call, const char *where, clstep__json *json,
                                     clstep__json_members *members, clstep_rule *rule);

#endif
