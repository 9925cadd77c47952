/* Replaces a file as a whole: a temporary file beside it, then a rename. */
#ifndef CLSTEP_BASE_FILE_REPLACE_H
#define CLSTEP_BASE_FILE_REPLACE_H

#include <clstep/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__replacement {
    const char *path; /* as given, for messages; borrowed */
    int folder;       /* descriptors; with the folder's, the process may change its own folder */
    int file;
    char *name;      /* of the target in its folder */
    char *temporary; /* the name of the temporary file; NULL: there is none */
    bool synced;
} clstep__replacement;

/* Creates the temporary file with `size` bytes. It gets the mode of the file that it replaces; if
 * there is none, `mode` and the process's umask. On failure nothing is left on the disk. */
clstep_status clstep__replacement_open(clstep__replacement *replacement, const char *call,
                                       const char *path, uint64_t size, unsigned mode);
clstep_status clstep__replacement_write(clstep__replacement *replacement, const char *call,
                                        uint64_t at, uint64_t bytes, const void *from);

/* Flushes the temporary file and its folder to the disk. */
clstep_status clstep__replacement_sync(clstep__replacement *replacement, const char *call);

/* Flushes the file, renames it to the target and flushes the folder. */
clstep_status clstep__replacement_commit(clstep__replacement *replacement, const char *call);

/* Keeps the temporary file, for clstep__replacement_complete(). */
void clstep__replacement_keep(clstep__replacement *replacement);

/* Renames a whole and flushed temporary file to `path`, and flushes the folder. `temporary` is its
 * name in that folder. CLSTEP_FILE_MISSING: there is no such file. */
clstep_status clstep__replacement_complete(const char *call, const char *path,
                                           const char *temporary);

/* Closes everything, and removes the temporary file if there still is one. */
void clstep__replacement_close(clstep__replacement *replacement);

#endif
