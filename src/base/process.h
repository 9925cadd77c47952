/* Is this the process that created an object, or a child forked later? OpenCL drivers do not
 * survive fork(). */
#ifndef CLSTEP_BASE_PROCESS_H
#define CLSTEP_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* If the system can zero a page in forked children (MADV_WIPEONFORK), a look at such a page
 * replaces getpid(). That system call takes 0.1 to 0.2 us, half the time of an empty launch in
 * PoCL. */
typedef struct clstep__process {
    pid_t id;
    volatile unsigned char *mark; /* not 0 in the process itself; NULL: look at `id` */
} clstep__process;

void clstep__process_enter(clstep__process *process);
bool clstep__process_is_ours(const clstep__process *process);
/* Releases what clstep__process_enter() has allocated; in any process. */
void clstep__process_leave(clstep__process *process);

#endif
