/* The layer's counts of calls, its ledger of the process's objects, and the call that must fail. */
#ifndef TESTS_LAYER_LEDGER_H
#define TESTS_LAYER_LEDGER_H

#include "layer.h"

#include <CL/cl_layer.h>

/* What is beneath. */
static const struct _cl_icd_dispatch *next;

static unsigned long counts[LAYER_KINDS];
static long live;
static struct {
    int kind;
    unsigned long nth;
    unsigned long seen;
    cl_int code;
    int sticky;
} fault;

#define EXPORT __attribute__((visibility("default")))

EXPORT unsigned long layer_count(int kind)
{
    return counts[kind];
}

EXPORT long layer_live(void)
{
    return live;
}

EXPORT unsigned long layer_fail(int kind, unsigned long nth, cl_int code, int sticky)
{
    const unsigned long seen = fault.seen;
    fault.kind = kind;
    fault.nth = nth;
    fault.seen = 0;
    fault.code = code;
    fault.sticky = sticky;
    return seen;
}

/* Counts a call; the code with which it is to fail, or CL_SUCCESS. */
static cl_int enter(int kind)
{
    const int changes = kind != LAYER_QUERIES && kind != LAYER_RELEASES;
    counts[kind]++;
    if (fault.kind != LAYER_ALL && fault.kind != kind && (fault.kind != LAYER_ANY || !changes))
        return CL_SUCCESS;
    fault.seen++;
    if (fault.nth == 0 || fault.seen < fault.nth || (fault.seen > fault.nth && !fault.sticky))
        return CL_SUCCESS;
    return fault.code;
}

static cl_uint failing_query;

EXPORT void layer_fail_query(cl_uint what)
{
    failing_query = what;
}

static cl_int enter_query(cl_uint what)
{
    const cl_int failed = enter(LAYER_QUERIES);
    return failed                                   ? failed
           : failing_query && what == failing_query ? CL_OUT_OF_RESOURCES
                                                    : CL_SUCCESS;
}

static void *fail_create(cl_int code, cl_int *to)
{
    if (to)
        *to = code;
    return NULL;
}

static void *created(void *object)
{
    live += object != NULL;
    return object;
}

static cl_int enqueued(cl_int code, const cl_event *event)
{
    live += code == CL_SUCCESS && event;
    return code;
}

#endif
