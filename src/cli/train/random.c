/* SplitMix64, for first weights and the order of images. Stochastic rounding is the library's. */
#include "cli/train/random.h"

random_stream random_start(uint64_t seed, uint64_t purpose)
{
    random_stream stream = {.state = seed};
    stream.state = random_next(&stream) ^ purpose * UINT64_C(0xd1342543de82ef95);
    return stream;
}

uint64_t random_next(random_stream *stream)
{
    stream->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = stream->state;
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

float random_unit(random_stream *stream)
{
    return (float)(random_next(stream) >> 40) * 0x1p-24f;
}

uint64_t random_below(random_stream *stream, uint64_t limit)
{
    /* The words below 2^64 mod limit would make the small remainders more frequent. */
    uint64_t surplus = (UINT64_MAX - limit + 1) % limit;
    uint64_t word;
    do
        word = random_next(stream);
    while (word < surplus);
    return word % limit;
}

void random_shuffle(random_stream *stream, uint32_t *items, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        size_t other = (size_t)random_below(stream, left);
        uint32_t item = items[left - 1];
        items[left - 1] = items[other];
        items[other] = item;
    }
}
