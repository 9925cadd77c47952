/* Whether this is still the process in which an object was made, or a child that was forked since:
 * OpenCL drivers do not survive fork(). */
#ifndef CLSTEP_BASE_PROCESS_H
#define CLSTEP_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Where the system can give a child a zeroed page instead of the parent's, looking at one replaces
 * getpid(), a call to the system: 0.1 to 0.2 us, as much as half of an empty launch under PoCL. */
typedef struct clstep__process {
    pid_t id;
    volatile unsigned char *mark; /* not 0 in the process itself; NULL: look at `id` */
} clstep__process;

void clstep__process_enter(clstep__process *process);
bool clstep__process_is_ours(const clstep__process *process);
/* Gives back what clstep__process_enter() took; in any process. */
void clstep__process_leave(clstep__process *process);

#endif
