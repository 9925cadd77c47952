/* Random bits on the host, with the bits of kernels/update/random_bits.clh. */
#include "format/random_bits.h"

#include "abi/formats.h"

/* S. Vigna's splitmix64: the output number `count` of the generator that begins at `state`. */
static uint64_t splitmix(uint64_t state, uint64_t count)
{
    uint64_t z = state + count * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Mixed twice, so that the keys of steps are not among the words that a step draws. */
uint64_t clstep__random_key(uint64_t seed, uint64_t t)
{
    return splitmix(splitmix(seed, t), 1);
}

uint32_t clstep__random(uint64_t key, uint64_t element, uint32_t stream)
{
    static const uint32_t multipliers[CLSTEP_RANDOM_ELEMENTS] = {
        0xe220a839, 0x6e789e6b, 0x06c45d19, 0xf88bb8a9, 0x1b39896b, 0x53cb9f0d, 0x2c829abf,
        0xc584133b, 0x3ee57891, 0xf3b8488d, 0x657eecdd, 0xc2d326e1, 0x8621a03f, 0x8e1f7555,
        0xb54e0f17, 0x84bb3f97, 0x7d29825d, 0xc3cf1711, 0x3466e9a1, 0xd81a8d2b, 0xdb01602b,
        0xa9038a93, 0xedf5f1d9, 0x54496ad7, 0xdd7c01d5, 0x935e82f1, 0x69b82ebd, 0x40d29eb5,
        0xa2f09dab, 0xee521d7b, 0xf16952ef, 0x377d35df,
    };
    const uint64_t word = splitmix(key, element / CLSTEP_RANDOM_ELEMENTS);
    const uint32_t half = stream % 2 ? (uint32_t)word : (uint32_t)(word >> 32);
    return half * (stream / 2 ? 0x632be5abu : 1) * multipliers[element % CLSTEP_RANDOM_ELEMENTS];
}
