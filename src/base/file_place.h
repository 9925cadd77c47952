/* The place of a file to write: its folder, opened, and its name in it. */
#ifndef CLSTEP_BASE_FILE_PLACE_H
#define CLSTEP_BASE_FILE_PLACE_H

#include <clstep/status.h>

/* Follows symbolic links, also to a file that does not exist yet. On success the caller closes the
 * descriptor *folder and frees *name by clstep__free(). */
clstep_status clstep__place_open(const char *call, const char *path, int *folder, char **name);

#endif
