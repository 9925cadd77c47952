/* Finds, reads and sets fields of clstep_rule; clstep_rule_field() lists them. */
#ifndef CLSTEP_RULE_FIELDS_H
#define CLSTEP_RULE_FIELDS_H

#include <clstep/rule.h>

/* The field of that name; NULL if there is none. */
const clstep_field_info *clstep__field_find(const char *name);

/* Gets and sets a field of any kind; a double holds every int32_t. */
double clstep__field_get(const clstep_rule *rule, const clstep_field_info *field);
void clstep__field_set(clstep_rule *rule, const clstep_field_info *field, double value);

#endif
