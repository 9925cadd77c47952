/* Failures of reading and writing files, in libclstep's error record. Told by the public call,
 * since libclstep-store has a copy of this code. `call` must be a string that lives for ever. */
#ifndef CLSTEP_BASE_FILE_ERROR_H
#define CLSTEP_BASE_FILE_ERROR_H

#include <clstep/status.h>

/* CLSTEP_FILE_FAILED: what the system said (an errno value) when it was to `verb` the file. */
clstep_status clstep__file_io(const char *call, const char *verb, const char *path, int code);

/* CLSTEP_FILE_FAILED, in words of its own. */
clstep_status clstep__file_fail(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* CLSTEP_FILE_MISSING: the file that is to be read is not there. */
clstep_status clstep__file_missing(const char *call, const char *path);

/* The host is out of memory. */
clstep_status clstep__file_no_memory(const char *call);

#endif
