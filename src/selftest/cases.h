/* The rules of the self-test: a preset with switches and numbers changed, alone and in company; and
 * in which formats, and how reached, they are held besides. */
#ifndef CLSTEP_SELFTEST_CASES_H
#define CLSTEP_SELFTEST_CASES_H

#include "rule/state_arrays.h"

enum { CLSTEP__SELFTEST_CASES_MAX = 4, CLSTEP__SELFTEST_FORMATS_MAX = 12 };

typedef struct clstep__selftest_case {
    char name[96]; /* what is changed, in words */
    clstep_rule rule;
    bool scattered;        /* several groups, and buffers */
    bool shared;           /* in shared virtual memory, to be launched by addresses */
    clstep__format format; /* zeros: all fp32 */
    const char *preset;
} clstep__selftest_case;

/* Fills `cases` with those of the preset of an index (clstep_preset()), all of them valid and no
 * two alike, and `count`; the quick test has one. */
clstep_status clstep__selftest_cases(size_t preset, bool quick, clstep__selftest_case *cases,
                                     size_t *count);

/* Fills `cases` with those that are not all fp32, and `count`; the quick test has two. */
clstep_status clstep__selftest_formats(bool quick, clstep__selftest_case *cases, size_t *count);

/* The case of all fp32 that is launched by addresses. */
clstep_status clstep__selftest_addresses(clstep__selftest_case *into);

#endif
