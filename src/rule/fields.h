/* The fields of clstep_rule by name and by place; clstep_rule_field() lists them. */
#ifndef CLSTEP_RULE_FIELDS_H
#define CLSTEP_RULE_FIELDS_H

#include <clstep/rule.h>

/* NULL where there is none of that name. */
const clstep_field_info *clstep__field_find(const char *name);

/* The value of a field of any kind; double holds every int32_t. */
double clstep__field_get(const clstep_rule *rule, const clstep_field_info *field);
void clstep__field_set(clstep_rule *rule, const clstep_field_info *field, double value);

#endif
