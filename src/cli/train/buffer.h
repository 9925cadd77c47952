/* Buffers and times on the device; each call returns an exit code and has said what is wrong. */
#ifndef CLSTEP_CLI_TRAIN_BUFFER_H
#define CLSTEP_CLI_TRAIN_BUFFER_H

#include "cli/command.h"

#include <stddef.h>

/* A buffer of `size` > 0 bytes, filled from `bytes` unless that is NULL. */
int buffer_create(const workplace *place, cl_mem *buffer, size_t size, const void *bytes);
/* Both wait for what is enqueued. */
int buffer_write(const workplace *place, cl_mem buffer, size_t size, const void *bytes);
int buffer_read(const workplace *place, cl_mem buffer, size_t size, void *bytes);
/* Accepts NULL. */
void buffer_release(cl_mem buffer);

/* Adds the seconds between the start and the end of a completed command; releases `event`. */
int event_add_seconds(cl_event event, double *seconds);

#endif
