/* The rules for comparisons with the reference: every preset with every switch, alone and
 * combined. */
#ifndef TESTS_DEVICE_CASES_H
#define TESTS_DEVICE_CASES_H

#include <clstep/rule.h>

typedef struct {
    char name[96];
    clstep_rule rule;
} rule_case;

enum { CASES_MAX = 64 };

/* Fills `cases` (CASES_MAX of them) with those of a preset; returns their number. */
size_t make_cases(const char *preset, rule_case *cases);

#endif
