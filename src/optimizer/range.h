/* A range of a buffer that the caller gives: can a step use it? */
#ifndef CLSTEP_OPTIMIZER_RANGE_H
#define CLSTEP_OPTIMIZER_RANGE_H

#include <clstep/clstep.h>

typedef struct clstep__range {
    cl_mem buffer;
    clstep_dtype dtype;
    uint64_t offset; /* in elements */
    uint64_t count;
} clstep__range;

/* The tensor that it belongs to, for messages. */
typedef struct clstep__place {
    const char *call;
    size_t group; /* SIZE_MAX: `tensor` is the index of options.gradients */
    size_t tensor;
    const char *name; /* of the tensor; NULL: it has none */
} clstep__place;

/* "groups[0].tensors[3] ("fc.weight")", or "options.gradients[3] ("fc.weight")". */
enum { CLSTEP__WHERE_SIZE = 192 };
void clstep__say_where(char text[CLSTEP__WHERE_SIZE], const clstep__place *at);

/* What the driver says of the last buffer that was asked for: neighbouring tensors often share a
 * cl_mem. Starts as zeros. */
typedef struct clstep__buffer_info {
    cl_mem buffer;
    cl_mem_object_type type;
    cl_context context;
    cl_mem_flags flags;
    size_t size;
} clstep__buffer_info;

/* Checks a range. `member` and `offset` are the caller's names of buffer and offset. `forbidden` is
 * CL_MEM_READ_ONLY if a step writes it, CL_MEM_WRITE_ONLY if a step reads it. */
clstep_status clstep__range_check(const clstep__place *at, const char *member, const char *offset,
                                  cl_context context, const clstep__range *range,
                                  cl_mem_flags forbidden, clstep__buffer_info *known);

/* The root of a buffer: itself, or the buffer of which it is a sub-buffer; and where it begins in
 * the root, in bytes. */
clstep_status clstep__root_of(cl_mem buffer, cl_mem *root, size_t *origin);

/* Whether a buffer may begin at an address that is not aligned to the largest vector of a dtype.
 * The driver aligns memory that it allocates, but not the caller's (CL_MEM_USE_HOST_PTR). */
int clstep__is_misaligned(cl_mem buffer, int32_t dtype);

#endif
