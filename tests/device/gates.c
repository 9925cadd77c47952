/* Makes queues, and events that hold back their commands until the test opens them. */
#include "gates.h"

#include <unistd.h>

cl_command_queue make_queue(cl_command_queue_properties properties)
{
    cl_int code;
    cl_command_queue queue = clCreateCommandQueue(the.context, the.device, properties, &code);
    ck_assert_msg(code == CL_SUCCESS, "this device has no such queue (%d)", (int)code);
    return queue;
}

cl_event make_gate(void)
{
    cl_int code;
    cl_event gate = clCreateUserEvent(the.context, &code);
    ck_cl(code);
    return gate;
}

cl_int status_of(cl_event event)
{
    cl_int status = 0;
    ck_cl(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
    return status;
}

/* Gives commands that wrongly do not wait the time to run. */
void let_run(cl_command_queue queue)
{
    clFlush(queue);
    usleep(100000);
}
