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

/* Our norms beside those by which a framework clipped. */
typedef struct {
    size_t compared; /* 0: the row does not clip by a norm */
    size_t equal;
    int64_t ulp;
    /* of the parameters after 1 and after 20 steps: with our norms, beside those with theirs */
    size_t params_different[2];
    int64_t params_ulp[2];
} norm_verdict;

/* `ours` is brought into the normal form of the file. */
verdict judge(const row *of, const recording *theirs, trajectory *ours);

/* The two runs are of the scalar reference. */
norm_verdict judge_norms(const row *of, const norms *theirs, const norms *ours,
                         const trajectory *with_theirs, const trajectory *with_ours);

/* What came of a row. The scalar reference clips by the framework's norms. Its bits may differ from
 * the framework, but the device's never from the scalar reference's with our norms, unless it
 * flushes subnormal numbers: then nothing is asked of it. */
typedef struct {
    row of;
    verdict scalar;
    verdict device;
    norm_verdict norms;
} result;

/* Whether a norm differs, so that the device cannot have the framework's bits. */
bool has_other_norms(const result *of);

/* Whether two runs have the same bits of the first `arrays` arrays, as far as the second goes;
 * `step` becomes the first that has not, from 1. */
bool same_runs(const trajectory *scalar, const trajectory *device, size_t arrays, size_t *step);

/* Complains about what does not keep to the row's word. */
void enforce(const data *from, const result *of, bool flushes);

#endif
