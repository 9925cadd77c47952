/* Buffers in shared virtual memory, which kernels can reach by pointers. */
#ifndef TESTS_DEVICE_SHARED_H
#define TESTS_DEVICE_SHARED_H

#include "fixture.h"

typedef struct {
    size_t count;
    void *memory[64];
    cl_mem whole; /* of which the buffers are parts, or NULL */
} shared_buffers;

/* Whether the device has shared virtual memory. */
int shared_memory_exists(void);

/* `count` buffers of `bytes`, each in memory of its own, or parts of one buffer. */
void shared_open(shared_buffers *shared, int in_one, size_t count, size_t bytes, cl_mem *buffers);
/* Releases the buffers, too. */
void shared_close(shared_buffers *shared, size_t count, const cl_mem *buffers);

#endif
