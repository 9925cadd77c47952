/* Queues, and user events that hold back their commands. */
#ifndef TESTS_DEVICE_GATES_H
#define TESTS_DEVICE_GATES_H

#include "fixture.h"

cl_command_queue make_queue(cl_command_queue_properties properties);

cl_event make_gate(void);

cl_int status_of(cl_event event);

/* Gives commands that wrongly do not wait the time to run. */
void let_run(cl_command_queue queue);

#endif
