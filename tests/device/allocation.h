/* The host allocations of clstep's own objects and of the tests, counted by the linker's --wrap.
 * Allocations of the driver are not among them. */
#ifndef TESTS_DEVICE_ALLOCATION_H
#define TESTS_DEVICE_ALLOCATION_H

/* Allocations since the start. */
unsigned long allocations(void);
/* Makes the nth calloc (from 1) from now on return NULL, once; 0: none. */
void allocation_fail(unsigned long nth);

#endif
