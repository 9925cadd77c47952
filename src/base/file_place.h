/* Where a file is to lie: its folder, open, and its name there. */
#ifndef CLSTEP_BASE_FILE_PLACE_H
#define CLSTEP_BASE_FILE_PLACE_H

#include <clstep/status.h>

/* Follows symbolic links, also one to a file that is not there yet. On success *folder is a
 * descriptor for the caller to close, and *name is freed by clstep__free(). */
clstep_status clstep__place_open(const char *call, const char *path, int *folder, char **name);

#endif
