/*
 * Temporary files ".NAME.clstep-xxxxxx" beside the file NAME that they will replace. A process
 * holds a lock on its file while it writes it. A file without a lock belongs to a killed process
 * and can be removed.
 */
#ifndef CLSTEP_BASE_FILE_TEMPORARY_H
#define CLSTEP_BASE_FILE_TEMPORARY_H

#include <stdbool.h>
#include <sys/types.h>

/* Bytes of the longest name, with its '\0'. */
enum { CLSTEP__TEMPORARY_SIZE = 224 };

/* Creates and locks a file in an open folder, and writes its name to `temporary`. Returns its
 * descriptor, or -1 and errno. */
int clstep__temporary_create(int folder, const char *name, mode_t mode,
                             char temporary[CLSTEP__TEMPORARY_SIZE]);

/* Whether `entry` is a possible name of a temporary file for `name`. */
bool clstep__is_temporary(const char *entry, const char *name);

/* Opens and locks a file. Returns its descriptor, or -1 and errno: EWOULDBLOCK if a living process
 * has locked it, ENOENT if it does not exist. */
int clstep__temporary_lock(int folder, const char *temporary);

/* Removes the temporary files for `name` that no living process has locked. Ignores files that
 * cannot be removed or locked (on some network file systems). */
void clstep__temporaries_remove(int folder, const char *name);

#endif
