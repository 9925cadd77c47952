/*
 * A blob: the binaries of compiled programs as bytes that a caller keeps. A driver may crash on a
 * damaged binary (PoCL ends the process), so that nothing of a blob is used before its length and
 * its SHA-256 are right and its identity is the device's. Numbers are little-endian:
 *
 *     0  "clstepB1"
 *     8  SHA-256 of all that follows it
 *    40  8 bytes: the size of the whole
 *    48  the identity (identity.h), 32 bytes
 *    80  8 bytes: how many programs
 *    88  per program: 8 bytes the length of its options, 8 bytes that of its binary, options,
 * binary
 *
 * The digest tells damage from what was written. It is no signature: who can write into the store
 * can put any code there.
 */
#ifndef CLSTEP_ENGINE_BLOB_H
#define CLSTEP_ENGINE_BLOB_H

#include "base/sha256.h"
#include "base/text.h"

#include <clstep/status.h>
#include <stdbool.h>

typedef struct clstep__blob_entry {
    const char *options; /* does not end in '\0' */
    size_t options_length;
    const unsigned char *binary;
    size_t size;
    bool refused; /* by the driver */
} clstep__blob_entry;

typedef struct clstep__blob {
    unsigned char *bytes; /* our copy; NULL: there is no blob */
    clstep__blob_entry *entries;
    size_t count;
} clstep__blob;

/* Checks and copies. CLSTEP_INVALID_FILE for one that is damaged, CLSTEP_UNSUPPORTED for one of
 * another identity; then *blob is empty. */
clstep_status clstep__blob_read(const char *call, const void *bytes, size_t size,
                                const unsigned char identity[CLSTEP__SHA256_SIZE],
                                clstep__blob *blob);
void clstep__blob_free(clstep__blob *blob);

/* The entry of these options; NULL if there is none. */
clstep__blob_entry *clstep__blob_find(const clstep__blob *blob, const char *options, size_t length);

/* Writing, into an empty text: begin, add each program, end. */
void clstep__blob_begin(clstep__text *into, const unsigned char identity[CLSTEP__SHA256_SIZE]);
void clstep__blob_add(clstep__text *into, const clstep__blob_entry *entry);
void clstep__blob_end(clstep__text *into);

#endif
