/* Failures of reading and writing files. They go through the public clstep_record_error(), because
 * libclstep-store has its own copy of this code. `call` must be a string literal or a static array.
 */
#ifndef CLSTEP_BASE_FILE_ERROR_H
#define CLSTEP_BASE_FILE_ERROR_H

#include <clstep/status.h>

/* CLSTEP_FILE_FAILED: "cannot VERB PATH", with the reason of `code`, an errno value. */
clstep_status clstep__file_io(const char *call, const char *verb, const char *path, int code);

/* CLSTEP_FILE_FAILED: a new file is in its place, but its folder could not be flushed. */
clstep_status clstep__file_unsettled(const char *call, const char *path, int code);

/* CLSTEP_FILE_FAILED with any message. */
clstep_status clstep__file_fail(const char *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* CLSTEP_FILE_MISSING: there is no file to read. */
clstep_status clstep__file_missing(const char *call, const char *path);

/* The host is out of memory. */
clstep_status clstep__file_no_memory(const char *call);

#endif
