/* The rules of the self-test: a preset with switches and numbers changed, alone and in company. */
#ifndef CLSTEP_OPTIMIZER_SELFTEST_CASES_H
#define CLSTEP_OPTIMIZER_SELFTEST_CASES_H

#include <clstep/rule.h>
#include <stdbool.h>

enum { CLSTEP__SELFTEST_CASES_MAX = 4 };

typedef struct clstep__selftest_case {
    char name[96]; /* what is changed, in words */
    clstep_rule rule;
    bool scattered; /* several groups, and more buffers than a launch takes */
} clstep__selftest_case;

/* Fills `cases` with those of the preset of an index (clstep_preset()), all of them valid and no
 * two alike, and `count`; the quick test has one. */
clstep_status clstep__selftest_cases(size_t preset, bool quick, clstep__selftest_case *cases,
                                     size_t *count);

#endif
