/*
 * A blob: the binaries of compiled programs, as bytes that the caller saves. A driver may crash on
 * a damaged binary (PoCL ends the process). So the library checks a blob's length, SHA-256 and
 * identity before the driver gets any of it. Numbers are little-endian:
 *
 *     0  "clstepB1"
 *     8  SHA-256 of everything after it
 *    40  8 bytes: the size of the blob
 *    48  32 bytes: the identity (identity.h)
 *    80  8 bytes: the number of programs
 *    88  for each program: 8 bytes, the length of its options; 8 bytes, the length of its binary;
 *        its options; its binary
 *
 * The digest finds damage. It is no signature: whoever can write the blob can put any code there.
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

/* Checks and copies a blob. CLSTEP_INVALID_FILE: it is damaged. CLSTEP_UNSUPPORTED: it has another
 * identity. In both cases *blob is empty. */
clstep_status clstep__blob_read(const char *call, const void *bytes, size_t size,
                                const unsigned char identity[CLSTEP__SHA256_SIZE],
                                clstep__blob *blob);
void clstep__blob_free(clstep__blob *blob);

/* The entry with these options; NULL if there is none. */
clstep__blob_entry *clstep__blob_find(const clstep__blob *blob, const char *options, size_t length);

/* Write a blob into an empty text: begin, add each program, end. */
void clstep__blob_begin(clstep__text *into, const unsigned char identity[CLSTEP__SHA256_SIZE]);
void clstep__blob_add(clstep__text *into, const clstep__blob_entry *entry);
void clstep__blob_end(clstep__text *into);

#endif
