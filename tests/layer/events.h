/* Events that pass for failed ones: PoCL 3.1 aborts where commands in a row fail whose events
 * nobody holds. */
#ifndef TESTS_LAYER_EVENTS_H
#define TESTS_LAYER_EVENTS_H

#include "ledger.h"

#include <CL/cl_layer.h>

static cl_event failed_event;

EXPORT void layer_fail_event(cl_event event)
{
    failed_event = event;
}

static cl_int failed_info(cl_int code, cl_event event, cl_event_info what, void *value)
{
    if (event && event == failed_event && what == CL_EVENT_COMMAND_EXECUTION_STATUS && value)
        *(cl_int *)value = CL_OUT_OF_RESOURCES;
    return code;
}

#endif
