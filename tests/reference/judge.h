/* Compares a run with a framework's. */
#ifndef TESTS_REFERENCE_JUDGE_H
#define TESTS_REFERENCE_JUDGE_H

#include "run.h"

typedef struct {
    size_t compared;  /* elements of all arrays, after every step */
    size_t different; /* of those; a CRC that differs counts as one */
    /* of the parameters, after 1 and after 20 steps, where the row differs; INT64_MAX: NaN */
    size_t params_different[2];
    int64_t ulp[2];
} verdict;

/* `ours` is brought into the normal form of the file. */
verdict judge(const row *of, const recording *theirs, trajectory *ours);

/* What came of a row. Its bits may differ from the framework, but the device's never from the
 * scalar reference's, unless it flushes subnormal numbers: then nothing is asked of it. */
typedef struct {
    row of;
    verdict scalar;
    verdict device;
} result;

/* Whether two runs have the same bits of the first `arrays` arrays, as far as the second goes;
 * `step` becomes the first that has not, from 1. */
bool same_runs(const trajectory *scalar, const trajectory *device, size_t arrays, size_t *step);

/* Complains about what does not keep to the row's word. */
void enforce(const data *from, const result *of, bool flushes);

#endif
