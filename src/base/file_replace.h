/* A file that takes another's place as a whole: a temporary file beside it, and a rename. */
#ifndef CLSTEP_BASE_FILE_REPLACE_H
#define CLSTEP_BASE_FILE_REPLACE_H

#include <clstep/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__replacement {
    const char *path; /* as it was given, for messages; borrowed */
    int folder; /* descriptors; the folder's keeps the place should the process change its own */
    int file;
    char *name;      /* of the target in its folder */
    char *temporary; /* NULL where there is none */
    bool synced;
} clstep__replacement;

/* Makes the temporary file of `size` bytes. It gets the mode of the file that it replaces, or,
 * where there is none, `mode` less what the process's umask takes. On failure nothing is left. */
clstep_status clstep__replacement_open(clstep__replacement *replacement, const char *call,
                                       const char *path, uint64_t size, unsigned mode);
clstep_status clstep__replacement_write(clstep__replacement *replacement, const char *call,
                                        uint64_t at, uint64_t bytes, const void *from);

/* Makes what was written durable, unless it is. */
clstep_status clstep__replacement_sync(clstep__replacement *replacement, const char *call);

/* Syncs, and puts the file in its place, durably. */
clstep_status clstep__replacement_commit(clstep__replacement *replacement, const char *call);

/* Leaves the temporary file where it is, for clstep__replacement_complete(). */
void clstep__replacement_keep(clstep__replacement *replacement);

/* Puts a temporary file that is whole and synced in the place of `path`, durably. `temporary` is
 * its name in that folder. CLSTEP_FILE_MISSING where it is not there. */
clstep_status clstep__replacement_complete(const char *call, const char *path,
                                           const char *temporary);

/* Closes, and removes the temporary file if it is still there. */
void clstep__replacement_close(clstep__replacement *replacement);

#endif
