/* Makes all inputs from the seeded generator. */
#include "inputs.h"

#include "seeded.h"

#include <string.h>
#include <zlib.h>

const size_t tensor_sizes[TENSORS] = {1, 7, 0, 33 * 3, 2 * 3 * 5, LARGE};

void make_inputs(inputs *in)
{
    size_t at = 0;
    for (size_t k = 0; k < TENSORS; k++) {
        const bool large = k == TENSORS - 1;
        for (uint64_t i = 0; i < tensor_sizes[k]; i++, at++) {
            seeded_place where = {large ? 2 : 1, large ? 0 : k, 0, i};
            in->param[at] = seeded_parameter(where);
            for (; where.t < STEPS; where.t++)
                in->grad[where.t][at] = seeded_gradient(where);
        }
    }
}

void normalise(float *values, size_t count, bool flushed)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        const uint32_t magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000)
            bits = 0x7fc00000;
        if (flushed && magnitude < 0x00800000)
            bits = 0;
        memcpy(&values[i], &bits, sizeof bits);
    }
}

/* Of the little-endian bytes; the hosts on which this test runs are little-endian. */
uint32_t crc_of(const float *values, size_t count)
{
    return (uint32_t)crc32(0, (const unsigned char *)values, (unsigned)(count * sizeof *values));
}
