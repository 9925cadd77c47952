/* Finds ranges that share elements, by sorting. range.c checks a single range. */
#include "optimizer/overlap.h"

#include "base/error.h"
#include "device/failure.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const clstep__run *x = a, *y = b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return 0;
}

static int compare_wholes(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t)((const clstep__run *)a)->whole;
    const uintptr_t y = (uintptr_t)((const clstep__run *)b)->whole;
    return x < y ? -1 : x > y;
}

clstep_status clstep__run_of(const clstep__range *range, clstep__run *run)
{
    const uint64_t size = clstep_dtype_size(range->dtype);
    size_t origin = 0;
    cl_mem_flags flags = 0;
    void *host = NULL;
    clstep_status status = clstep__root_of(range->buffer, &run->whole, &origin);
    if (status != CLSTEP_OK)
        return status;
    cl_int code = clGetMemObjectInfo(run->whole, CL_MEM_FLAGS, sizeof flags, &flags, NULL);
    if (code == CL_SUCCESS && (flags & CL_MEM_USE_HOST_PTR))
        code = clGetMemObjectInfo(run->whole, CL_MEM_HOST_PTR, sizeof host, &host, NULL);
    if (code != CL_SUCCESS)
        return clstep__cl_failed("clGetMemObjectInfo", code);
    run->root = host ? 0 : (uintptr_t)run->whole;
    run->is_part = run->whole != range->buffer;
    run->begin = (uintptr_t)host + origin + range->offset * size;
    run->end = run->begin + range->count * size;
    return CLSTEP_OK;
}

static clstep_status refuse(const clstep__run *a, const clstep__run *b)
{
    char first[CLSTEP__WHERE_SIZE], second[CLSTEP__WHERE_SIZE];
    clstep__say_where(first, &a->of);
    clstep__say_where(second, &b->of);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, a->of.call,
                        "%s.%s overlaps %s.%s; a step writes parameters and state, so they must "
                        "not share elements with anything else",
                        first, a->as, second, b->as);
}

/* OpenCL leaves it undefined to write a buffer and to use its sub-buffer in one command, or the
 * other way round. `whole` is given by a buffer, `part` by a sub-buffer of it. */
static clstep_status refuse_mixture(const clstep__run *whole, const clstep__run *part)
{
    char first[CLSTEP__WHERE_SIZE], second[CLSTEP__WHERE_SIZE];
    clstep__say_where(first, &whole->of);
    clstep__say_where(second, &part->of);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, whole->of.call,
                        "%s.%s lies in a buffer of which %s.%s gives a sub-buffer; give the buffer "
                        "in both places, or sub-buffers in both",
                        first, whole->as, second, part->as);
}

/* Checks the runs of one root buffer. */
static clstep_status check_mixture(const clstep__run *runs, size_t count)
{
    const clstep__run *whole = NULL;
    const clstep__run *part = NULL;
    int written = 0;
    for (const clstep__run *next = runs; next < runs + count; next++) {
        if (next->is_part)
            part = next;
        else
            whole = next;
        written |= next->is_written;
    }
    return whole && part && written ? refuse_mixture(whole, part) : CLSTEP_OK;
}

static clstep_status check_mixtures(clstep__run *runs, size_t count)
{
    size_t begin = 0;
    qsort(runs, count, sizeof *runs, compare_wholes);
    for (size_t end = 1; end <= count; end++) {
        if (end < count && runs[end].whole == runs[begin].whole)
            continue;
        clstep_status status = check_mixture(runs + begin, end - begin);
        if (status != CLSTEP_OK)
            return status;
        begin = end;
    }
    return CLSTEP_OK;
}

/* The runs are sorted by their beginning. So a run overlaps an earlier one exactly if it begins
 * before the furthest end so far. */
static clstep_status sweep(const clstep__run *runs, size_t count)
{
    const clstep__run *furthest = NULL;
    const clstep__run *furthest_written = NULL;
    for (const clstep__run *next = runs; next < runs + count; next++) {
        if (furthest && furthest->root != next->root)
            furthest = furthest_written = NULL;
        const clstep__run *earlier = next->is_written ? furthest : furthest_written;
        if (earlier && next->begin < earlier->end)
            return refuse(earlier, next);
        if (!furthest || next->end > furthest->end)
            furthest = next;
        if (next->is_written && (!furthest_written || next->end > furthest_written->end))
            furthest_written = next;
    }
    return CLSTEP_OK;
}

void clstep__runs_sort(clstep__run *runs, size_t count)
{
    qsort(runs, count, sizeof *runs, compare);
}

clstep_status clstep__runs_check(clstep__run *runs, size_t count)
{
    clstep__runs_sort(runs, count);
    clstep_status status = sweep(runs, count);
    return status == CLSTEP_OK ? check_mixtures(runs, count) : status;
}

static clstep_status check_neighbour(const clstep__run *run, const clstep__run *other)
{
    if (other->whole != run->whole || other->is_part == run->is_part)
        return CLSTEP_OK;
    return other->is_part ? refuse_mixture(run, other) : refuse_mixture(other, run);
}

/* Of sorted runs that do not overlap each other, only the last one that begins before the end of
 * this run can overlap it. Runs of one buffer are neighbours in the list and are all given in one
 * way, by the buffer or by sub-buffers: the neighbours show which. */
clstep_status clstep__run_check(const clstep__run *sorted, size_t count, const clstep__run *run)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const clstep__run *at = &sorted[middle];
        if (at->root < run->root || (at->root == run->root && at->begin < run->end))
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && sorted[low - 1].root == run->root && sorted[low - 1].end > run->begin)
        return refuse(run, &sorted[low - 1]);
    clstep_status status = low > 0 ? check_neighbour(run, &sorted[low - 1]) : CLSTEP_OK;
    return status == CLSTEP_OK && low < count ? check_neighbour(run, &sorted[low]) : status;
}
