/* SHA-256 (FIPS 180-4), to find damaged bytes. */
#ifndef CLSTEP_BASE_SHA256_H
#define CLSTEP_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { CLSTEP__SHA256_SIZE = 32, CLSTEP__SHA256_BLOCK = 64 };

typedef struct clstep__sha256 {
    uint32_t words[8];
    uint64_t length; /* bytes so far */
    unsigned char block[CLSTEP__SHA256_BLOCK];
} clstep__sha256;

void clstep__sha256_start(clstep__sha256 *state);
void clstep__sha256_add(clstep__sha256 *state, const void *bytes, size_t size);
void clstep__sha256_end(clstep__sha256 *state, unsigned char digest[CLSTEP__SHA256_SIZE]);

/* Adds a field of a list: its size as eight bytes, then its bytes. So different lists of fields
 * never give the same bytes. */
void clstep__sha256_field(clstep__sha256 *state, const void *bytes, size_t size);

/* The digest of one piece of memory. */
void clstep__sha256_of(const void *bytes, size_t size, unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
