/*
 * Temporary files beside the file that they are to replace: ".NAME.clstep-xxxxxx". A process holds
 * a lock on each as long as it writes it, so that those of processes that were killed can be told
 * from others, and removed.
 */
#ifndef CLSTEP_BASE_FILE_TEMPORARY_H
#define CLSTEP_BASE_FILE_TEMPORARY_H

#include <stdbool.h>
#include <sys/types.h>

/* The longest name of one, with its '\0'. */
enum { CLSTEP__TEMPORARY_SIZE = 224 };

/* Makes one in an open folder, locked, and names it; returns its descriptor, or -1 and errno. */
int clstep__temporary_create(int folder, const char *name, mode_t mode,
                             char temporary[CLSTEP__TEMPORARY_SIZE]);

/* Whether `entry` is what a temporary file for `name` may be called. */
bool clstep__is_temporary(const char *entry, const char *name);

/* Opens one and locks it; returns its descriptor, or -1 and errno: EWOULDBLOCK where a process that
 * is alive has it, ENOENT where it is not there. */
int clstep__temporary_lock(int folder, const char *temporary);

/* Removes those for `name` that belong to no process that is alive. What cannot be removed, or
 * whose lock cannot be told (some network file systems), stays. */
void clstep__temporaries_remove(int folder, const char *name);

#endif
