/* Keeps track of the bytes of a tensor that have been written, for the writer. */
#include "safetensors/ranges.h"

#include "base/memory.h"
#include "safetensors/grow.h"

#include <string.h>

static const clstep__range *list_of(const clstep__ranges *ranges)
{
    return ranges->many ? ranges->many : &ranges->one;
}

/* The number of ranges that end at or before a byte. */
static size_t count_before(const clstep__ranges *ranges, uint64_t byte)
{
    const clstep__range *list = list_of(ranges);
    size_t low = 0, high = ranges->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list[middle].end <= byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const clstep__range *clstep__ranges_overlap(const clstep__ranges *ranges, clstep__range added)
{
    const size_t next = count_before(ranges, added.begin);
    const clstep__range *list = list_of(ranges);
    if (added.begin == added.end || next == ranges->count || list[next].begin >= added.end)
        return NULL;
    return &list[next];
}

/* Makes room for one more; returns the list to change, NULL if the host is out of memory. */
static clstep__range *make_room(clstep__ranges *ranges)
{
    if (ranges->count == 0)
        return &ranges->one;
    const bool first = !ranges->many;
    clstep__range *many =
        clstep__grown(ranges->many, &ranges->room, first ? 0 : ranges->count, sizeof *many);
    if (!many)
        return NULL;
    if (first)
        many[0] = ranges->one;
    ranges->many = many;
    return many;
}

bool clstep__ranges_add(clstep__ranges *ranges, clstep__range added)
{
    if (added.begin == added.end)
        return true;
    clstep__range *list = (clstep__range *)list_of(ranges);
    const size_t next = count_before(ranges, added.begin);
    const bool after = next > 0 && list[next - 1].end == added.begin;
    const bool before = next < ranges->count && list[next].begin == added.end;
    if (after && before) {
        list[next - 1].end = list[next].end;
        ranges->count--;
        memmove(&list[next], &list[next + 1], (ranges->count - next) * sizeof *list);
    } else if (after) {
        list[next - 1].end = added.end;
    } else if (before) {
        list[next].begin = added.begin;
    } else {
        list = make_room(ranges);
        if (!list)
            return false;
        memmove(&list[next + 1], &list[next], (ranges->count - next) * sizeof *list);
        list[next] = added;
        ranges->count++;
    }
    return true;
}

bool clstep__ranges_cover(const clstep__ranges *ranges, uint64_t size)
{
    const clstep__range *list = list_of(ranges);
    return size == 0 || (ranges->count == 1 && list[0].begin == 0 && list[0].end == size);
}

uint64_t clstep__ranges_bytes(const clstep__ranges *ranges)
{
    const clstep__range *list = list_of(ranges);
    uint64_t bytes = 0;
    for (size_t i = 0; i < ranges->count; i++)
        bytes += list[i].end - list[i].begin;
    return bytes;
}

void clstep__ranges_free(clstep__ranges *ranges)
{
    clstep__free(ranges->many);
    *ranges = (clstep__ranges){0};
}
