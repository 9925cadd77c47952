/* The device that a command works on, and what it makes there. What returns an int returns an exit
 * code and has said what is wrong. */
#ifndef CLSTEP_CLI_WORKPLACE_H
#define CLSTEP_CLI_WORKPLACE_H

#include "cli/command.h"

#include <stddef.h>

/* A context and an in-order profiling queue on the device that `wanted` names (NULL: the default).
 */
typedef struct {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
} workplace;

int workplace_open(workplace *place, const char *wanted);
void workplace_close(workplace *place);

int workplace_describe(const workplace *place, clstep_device_info *info);

/* Prints which device it is, with its driver, and an empty line. */
int workplace_print(const workplace *place);

/* Fills what is 0 with the launch parameters of the file of `clstep tune`, if there is one. A wrong
 * file is reported and not used. */
void workplace_launch(const workplace *place, clstep_engine_options *options);

/* An engine on the device: with the launch parameters of that file, or with `launch`. */
int workplace_engine(const workplace *place, clstep_engine **engine);
int workplace_engine_with(const workplace *place, const clstep_engine_options *launch,
                          clstep_engine **engine);

/* Builds the program of an embedded source; prints the log if that fails. */
int workplace_build(const workplace *place, const unsigned char *source, size_t size,
                    const char *options, cl_program *program);

/* The same, and one of its kernels; the caller releases both, also on failure. */
int workplace_kernel(const workplace *place, const unsigned char *source, size_t size,
                     const char *options, const char *name, cl_program *program, cl_kernel *kernel);

/* ---- buffers and times */

/* A buffer of `size` > 0 bytes, filled from `bytes` unless that is NULL. */
int buffer_create(const workplace *place, cl_mem *buffer, size_t size, const void *bytes);
/* Both wait for the queue. */
int buffer_write(const workplace *place, cl_mem buffer, size_t size, const void *bytes);
int buffer_read(const workplace *place, cl_mem buffer, size_t size, void *bytes);
/* Accepts NULL. */
void buffer_release(cl_mem buffer);

/* Adds the seconds between the start and the end of a completed command; releases `event`. */
int event_add_seconds(cl_event event, double *seconds);

#endif
