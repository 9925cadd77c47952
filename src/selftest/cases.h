/* The cases of the self-test: presets with changed switches and numbers, in fp32, in other formats,
 * and in shared virtual memory. */
#ifndef CLSTEP_SELFTEST_CASES_H
#define CLSTEP_SELFTEST_CASES_H

#include "rule/state_arrays.h"

enum { CLSTEP__SELFTEST_CASES_MAX = 4, CLSTEP__SELFTEST_FORMATS_MAX = 12 };

typedef struct clstep__selftest_case {
    char name[96]; /* what is changed, in words */
    clstep_rule rule;
    bool scattered;        /* several groups, and buffers */
    bool shared;           /* in shared virtual memory, reached by pointers */
    clstep__format format; /* zeros: all fp32 */
    const char *preset;
} clstep__selftest_case;

/* Fills `cases` and `count` with the cases of preset number `preset` (clstep_preset()). All are
 * valid and different. The quick test has one. */
clstep_status clstep__selftest_cases(size_t preset, bool quick, clstep__selftest_case *cases,
                                     size_t *count);

/* Fills `cases` and `count` with the cases of other formats. The quick test has two. */
clstep_status clstep__selftest_formats(bool quick, clstep__selftest_case *cases, size_t *count);

/* The case in shared virtual memory. */
clstep_status clstep__selftest_addresses(clstep__selftest_case *into);

#endif
