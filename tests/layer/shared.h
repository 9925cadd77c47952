/* Shared virtual memory, which is no OpenCL object but can leak too. */
#ifndef TESTS_LAYER_SHARED_H
#define TESTS_LAYER_SHARED_H

#include "ledger.h"

/* What fails has no code to tell. */
static CL_API_ENTRY void *CL_API_CALL shared_allocate(cl_context context, cl_svm_mem_flags flags,
                                                      size_t size, cl_uint alignment)
{
    return enter(LAYER_SHARED) ? NULL : created(next->clSVMAlloc(context, flags, size, alignment));
}

static CL_API_ENTRY void CL_API_CALL shared_free(cl_context context, void *memory)
{
    live -= memory != NULL;
    next->clSVMFree(context, memory);
}

#endif
