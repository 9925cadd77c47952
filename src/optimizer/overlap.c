#include "base/error.h"
#include "base/memory.h"
#include "optimizer/check.h"

#include <stdlib.h>

static const char call[] = "clstep_optimizer_create";

/* A run of bytes of a root buffer, and whose it is. */
typedef struct {
    uintptr_t root;
    uint64_t begin;
    uint64_t end;
    size_t group;
    size_t tensor;
    int is_param;
    int is_part; /* given by a sub-buffer */
} range;

static int compare(const void *a, const void *b)
{
    const range *x = a, *y = b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return 0;
}

static clstep_status add_range(range *ranges, size_t *count, cl_mem buffer, int32_t dtype,
                               uint64_t offset, uint64_t elements, range what)
{
    const uint64_t size = clstep_dtype_size(dtype);
    cl_mem root = NULL;
    size_t origin = 0;
    clstep_status status = clstep__root_of(buffer, &root, &origin);
    if (status != CLSTEP_OK)
        return status;
    what.root = (uintptr_t)root;
    what.is_part = root != buffer;
    what.begin = origin + offset * size;
    what.end = what.begin + elements * size;
    ranges[(*count)++] = what;
    return CLSTEP_OK;
}

static clstep_status collect(size_t group_count, const clstep_group *groups, range *ranges,
                             size_t *count)
{
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g].tensor_count; i++) {
            const clstep_tensor *tensor = &groups[g].tensors[i];
            if (tensor->count == 0)
                continue;
            clstep_status status =
                add_range(ranges, count, tensor->param, tensor->param_dtype, tensor->param_offset,
                          tensor->count, (range){.group = g, .tensor = i, .is_param = 1});
            if (status == CLSTEP_OK)
                status =
                    add_range(ranges, count, tensor->grad, tensor->grad_dtype, tensor->grad_offset,
                              tensor->count, (range){.group = g, .tensor = i});
            if (status != CLSTEP_OK)
                return status;
        }
    }
    return CLSTEP_OK;
}

static clstep_status refuse(const range *a, const range *b)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "groups[%zu].tensors[%zu].%s overlaps groups[%zu].tensors[%zu].%s; a "
                        "parameter must not share elements with another or with a gradient",
                        a->group, a->tensor, a->is_param ? "param" : "grad", b->group, b->tensor,
                        b->is_param ? "param" : "grad");
}

/* OpenCL leaves it undefined to write a buffer and to touch its sub-buffer in one command, or the
 * other way round. `whole` and `part` are ranges of one root given in these two ways. */
static clstep_status refuse_mixture(const range *whole, const range *part)
{
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "groups[%zu].tensors[%zu].%s lies in a buffer that "
                        "groups[%zu].tensors[%zu].%s names by a sub-buffer; name it in one way",
                        whole->group, whole->tensor, whole->is_param ? "param" : "grad",
                        part->group, part->tensor, part->is_param ? "param" : "grad");
}

/* The ranges of one root. */
static clstep_status check_mixture(const range *ranges, size_t count)
{
    const range *whole = NULL;
    const range *part = NULL;
    int written = 0;
    for (const range *next = ranges; next < ranges + count; next++) {
        if (next->is_part)
            part = next;
        else
            whole = next;
        written |= next->is_param;
    }
    return whole && part && written ? refuse_mixture(whole, part) : CLSTEP_OK;
}

static clstep_status check_mixtures(const range *ranges, size_t count)
{
    size_t begin = 0;
    for (size_t end = 1; end <= count; end++) {
        if (end < count && ranges[end].root == ranges[begin].root)
            continue;
        clstep_status status = check_mixture(ranges + begin, end - begin);
        if (status != CLSTEP_OK)
            return status;
        begin = end;
    }
    return CLSTEP_OK;
}

/* In order of their begin, a range overlaps an earlier one exactly if it begins before the furthest
 * end so far. */
static clstep_status sweep(const range *ranges, size_t count)
{
    const range *furthest = NULL;
    const range *furthest_param = NULL;
    for (const range *next = ranges; next < ranges + count; next++) {
        if (furthest && furthest->root != next->root)
            furthest = furthest_param = NULL;
        const range *earlier = next->is_param ? furthest : furthest_param;
        if (earlier && next->begin < earlier->end)
            return refuse(earlier, next);
        if (!furthest || next->end > furthest->end)
            furthest = next;
        if (next->is_param && (!furthest_param || next->end > furthest_param->end))
            furthest_param = next;
    }
    return CLSTEP_OK;
}

clstep_status clstep__check_overlaps(size_t group_count, const clstep_group *groups)
{
    size_t tensors = 0;
    for (size_t g = 0; g < group_count; g++)
        tensors += groups[g].tensor_count;
    range *ranges = clstep__allocate(tensors, 2 * sizeof *ranges);
    if (!ranges)
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, call, "the host is out of memory");
    size_t count = 0;
    clstep_status status = collect(group_count, groups, ranges, &count);
    if (status == CLSTEP_OK) {
        qsort(ranges, count, sizeof *ranges, compare);
        status = sweep(ranges, count);
        if (status == CLSTEP_OK)
            status = check_mixtures(ranges, count);
    }
    clstep__free(ranges);
    return status;
}
