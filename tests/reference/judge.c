/* Counts the bits in which a run differs from a framework's, and how far apart they are. */
#include "judge.h"

#include <math.h>
#include <string.h>

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The numbers of fp32 in their order; both zeros are 0. */
static int64_t place_of(float value)
{
    const uint32_t bits = bits_of(value);
    const int64_t magnitude = bits & 0x7fffffff;
    return bits >> 31 ? -magnitude : magnitude;
}

static int64_t distance(float a, float b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : INT64_MAX;
    const int64_t d = place_of(a) - place_of(b);
    return d < 0 ? -d : d;
}

static size_t count_different(const float *a, const float *b, size_t count)
{
    size_t different = 0;
    for (size_t i = 0; i < count; i++)
        different += bits_of(a[i]) != bits_of(b[i]);
    return different;
}

static void measure(const float *a, const float *b, size_t count, size_t *different, int64_t *ulp)
{
    *different += count_different(a, b, count);
    for (size_t i = 0; i < count; i++) {
        const int64_t d = distance(a[i], b[i]);
        if (d > *ulp)
            *ulp = d;
    }
}

verdict judge(const row *of, const recording *theirs, trajectory *ours)
{
    verdict found = {0};
    const bool with_large = ours->elements == ELEMENTS;
    for (size_t k = 0; k < theirs->count; k++) {
        for (size_t t = 0; t < STEPS; t++) {
            float *values = ours->values[k][t];
            normalise(values, ours->elements, of->flushed);
            found.compared += ours->elements;
            found.different += count_different(values, theirs->small[k][t], SMALL);
            if (with_large && crc_of(values + SMALL, LARGE) != theirs->large_crc[k][t])
                found.different++;
        }
    }
    for (int end = 0; of->differs && end < 2; end++) {
        const size_t t = end == 0 ? 0 : STEPS - 1;
        const float *params = ours->values[0][t];
        measure(params, theirs->small[0][t], SMALL, &found.params_different[end], &found.ulp[end]);
        if (with_large)
            measure(params + SMALL, theirs->large_param[end], LARGE, &found.params_different[end],
                    &found.ulp[end]);
    }
    return found;
}

norm_verdict judge_norms(const row *of, const norms *theirs, const norms *ours,
                         const trajectory *with_theirs, const trajectory *with_ours)
{
    norm_verdict found = {0};
    const bool is_global = of->rule.clip == CLSTEP_CLIP_GLOBAL_NORM;
    for (size_t t = 0; t < STEPS; t++) {
        for (size_t k = is_global ? TENSORS - 2 : 0; k < TENSORS; k++) {
            const int64_t d = distance(theirs->norm[t][k], ours->norm[t][k]);
            found.compared++;
            found.equal += d == 0;
            found.ulp = d > found.ulp ? d : found.ulp;
        }
    }
    for (int end = 0; end < 2; end++) {
        const size_t t = end == 0 ? 0 : STEPS - 1;
        measure(with_ours->values[0][t], with_theirs->values[0][t], ELEMENTS,
                &found.params_different[end], &found.params_ulp[end]);
    }
    return found;
}

bool has_other_norms(const result *of)
{
    return of->norms.equal < of->norms.compared;
}

static void enforce_one(const data *from, const row *of, const verdict *found, const char *whose)
{
    if (!of->differs && found->different > 0)
        problem("%s: row \"%s\": %zu of %zu elements %s differ from the framework's", from->path,
                of->name, found->different, found->compared, whose);
    if (of->differs && (found->ulp[0] > of->ulp_after_1 || found->ulp[1] > of->ulp_after_20))
        problem("%s: row \"%s\": parameters %s are up to %lld and %lld ulp from the framework's "
                "after 1 and 20 steps; %lld and %lld are allowed",
                from->path, of->name, whose, (long long)found->ulp[0], (long long)found->ulp[1],
                (long long)of->ulp_after_1, (long long)of->ulp_after_20);
}

bool same_runs(const trajectory *scalar, const trajectory *device, size_t arrays, size_t *step)
{
    for (size_t t = 0; t < STEPS; t++) {
        *step = t + 1;
        for (size_t k = 0; k < arrays; k++) {
            if (memcmp(scalar->values[k][t], device->values[k][t],
                       device->elements * sizeof(float)) != 0)
                return false;
        }
    }
    return true;
}

void enforce(const data *from, const result *of, bool flushes)
{
    enforce_one(from, &of->of, &of->scalar, "of the scalar reference");
    if (!flushes && !has_other_norms(of))
        enforce_one(from, &of->of, &of->device, "of the device");
    if (of->norms.ulp > of->of.norm_ulp)
        problem("%s: row \"%s\": norms are up to %lld ulp from the framework's; %lld are allowed",
                from->path, of->of.name, (long long)of->norms.ulp, (long long)of->of.norm_ulp);
    if (of->of.differs && of->scalar.different == 0)
        problem("%s: row \"%s\" says that it differs, but nothing does: it is out of date",
                from->path, of->of.name);
}
