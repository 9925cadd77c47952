#include "rule/chance.h"

/* S. Vigna's splitmix64: its outputs for the states that begin at `state`. */
static uint64_t splitmix(uint64_t state, uint64_t count)
{
    uint64_t z = state + count * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Mixed twice, so that the words of a step are none of the keys. */
uint64_t clstep__chance_key(uint64_t seed, uint64_t t)
{
    return splitmix(splitmix(seed, t), 1);
}

uint32_t clstep__chance(uint64_t key, uint64_t element, uint32_t stream)
{
    static const uint32_t odd[16] = {
        0xe220a839, 0x6e789e6b, 0x06c45d19, 0xf88bb8a9, 0x1b39896b, 0x53cb9f0d,
        0x2c829abf, 0xc584133b, 0x3ee57891, 0xf3b8488d, 0x657eecdd, 0xc2d326e1,
        0x8621a03f, 0x8e1f7555, 0xb54e0f17, 0x84bb3f97,
    };
    const uint64_t word = splitmix(key, element / 16);
    const uint32_t half = stream % 2 ? (uint32_t)word : (uint32_t)(word >> 32);
    return half * (stream / 2 ? 0x632be5abu : 1) * odd[element % 16];
}
