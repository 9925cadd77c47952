/* Checks state arrays that the caller supplies. range.c checks a single buffer; arenas.c places
 * them in the plan. */
#include "optimizer/given_state.h"

#include "base/error.h"

#include <stdio.h>

/* For messages, which outlive the check. */
static const char *const names[CLSTEP__ARRAYS_MAX] = {
    "state_arrays[0]", "state_arrays[1]", "state_arrays[2]", "state_arrays[3]",
    "state_arrays[4]", "state_arrays[5]", "state_arrays[6]"};
_Static_assert(CLSTEP__ARRAYS_MAX == 7, "each array needs a name");

static clstep__range range_of(const clstep_tensor *tensor, size_t index,
                              const clstep_array_form *form)
{
    const clstep_buffer *given = &tensor->state_arrays[index];
    const uint64_t count = tensor->count / form->per + (tensor->count % form->per != 0);
    return (clstep__range){given->buffer, form->dtype, given->offset, count};
}

static clstep_status check_count(const clstep__place *at, const clstep_tensor *tensor, size_t count)
{
    char where[CLSTEP__WHERE_SIZE];
    if (tensor->state_array_count == count && (tensor->state_arrays || count == 0))
        return CLSTEP_OK;
    clstep__say_where(where, at);
    if (!tensor->state_arrays)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call,
                            "%s.state_arrays is NULL although state_array_count is %zu", where,
                            tensor->state_array_count);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call,
                        "%s.state_array_count is %zu, but the tensor has %zu state arrays; "
                        "clstep_rule_array() lists them",
                        where, tensor->state_array_count, count);
}

/* All arrays have one offset, because a chunk has only one. */
static clstep_status check_offset(const clstep__place *at, const clstep_tensor *tensor,
                                  size_t index, const clstep_array_form *form)
{
    char where[CLSTEP__WHERE_SIZE];
    const uint64_t first = tensor->state_arrays[0].offset;
    const uint64_t offset = tensor->state_arrays[index].offset;
    if (first % form->per == 0 && offset == first / form->per)
        return CLSTEP_OK;
    clstep__say_where(where, at);
    if (first % form->per != 0)
        return clstep__fail(
            CLSTEP_INVALID_ARGUMENT, at->call,
            "%s.state_arrays[0].offset is %llu; for 8-bit state it must be a multiple of %u", where,
            (unsigned long long)first, (unsigned)form->per);
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, at->call,
                        "%s.state_arrays[%zu].offset is %llu; it must be %llu%s, where the first "
                        "array begins; use clCreateSubBuffer() for an array that begins elsewhere",
                        where, index, (unsigned long long)offset,
                        (unsigned long long)(first / form->per),
                        form->per > 1 ? " (in scales)" : "");
}

static clstep_status check_array(const clstep__place *at, cl_context context,
                                 const clstep_tensor *tensor, size_t index,
                                 const clstep_array_form *form)
{
    char member[48], offset[48];
    snprintf(member, sizeof member, "%s.buffer", names[index]);
    snprintf(offset, sizeof offset, "%s.offset", names[index]);
    const clstep__range range = range_of(tensor, index, form);
    clstep__buffer_info known = {0};
    clstep_status status =
        clstep__range_check(at, member, offset, context, &range, CL_MEM_READ_ONLY, &known);
    if (status == CLSTEP_OK)
        status =
            clstep__range_check(at, member, offset, context, &range, CL_MEM_WRITE_ONLY, &known);
    return status == CLSTEP_OK ? check_offset(at, tensor, index, form) : status;
}

clstep_status clstep__given_state_check(const clstep__place *at, cl_context context,
                                        const clstep_tensor *tensor,
                                        const clstep_array_form *arrays, size_t count)
{
    clstep_status status = check_count(at, tensor, count);
    for (size_t k = 0; status == CLSTEP_OK && tensor->count > 0 && k < count; k++)
        status = check_array(at, context, tensor, k, &arrays[k]);
    return status;
}

clstep_status clstep__given_state_runs(const clstep__place *at, const clstep_tensor *tensor,
                                       const clstep_array_form *arrays, clstep__run *runs,
                                       size_t *run_count)
{
    clstep_status status = CLSTEP_OK;
    for (size_t k = 0; status == CLSTEP_OK && k < tensor->state_array_count; k++) {
        const clstep__range range = range_of(tensor, k, &arrays[k]);
        clstep__run *run = &runs[(*run_count)++];
        *run = (clstep__run){.of = *at, .as = names[k], .is_written = 1};
        status = clstep__run_of(&range, run);
    }
    return status;
}

int clstep__given_state_is_misaligned(const clstep_tensor *tensor, const clstep_array_form *arrays)
{
    int misaligned = 0;
    for (size_t k = 0; k < tensor->state_array_count; k++)
        misaligned |= clstep__is_misaligned(tensor->state_arrays[k].buffer, arrays[k].dtype);
    return misaligned;
}
