/* Writes and checks the bytes of a blob. binary.c deals with the binaries in it. */
#include "engine/blob.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

/* Offsets in a blob; see the header. The last character of the mark is the format's number. */
enum {
    DIGEST_AT = 8,
    SIZE_AT = 40,
    IDENTITY_AT = 48,
    COUNT_AT = 80,
    PROGRAMS_AT = 88,
    LENGTHS = 16 /* bytes of the two lengths before each program */
};

static const char mark[] = "clstepB1";

static uint64_t get_number(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (int i = 7; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

static void put_number(unsigned char *bytes, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
}

/* ---- reading */

static clstep_status damaged(const char *call, const char *what)
{
    return clstep__fail(
        CLSTEP_INVALID_FILE, call,
        "the blob %s; the engine compiles instead: make a new blob with clstep_engine_get_blob()",
        what);
}

static clstep_status check_whole(const char *call, const unsigned char *bytes, size_t size)
{
    unsigned char digest[CLSTEP__SHA256_SIZE];
    if (size < DIGEST_AT || memcmp(bytes, mark, DIGEST_AT) != 0)
        return damaged(call, "is damaged, or has another format");
    if (size < PROGRAMS_AT || get_number(bytes + SIZE_AT) != size)
        return damaged(call, "is damaged: its size is not the one written in it");
    clstep__sha256_of(bytes + SIZE_AT, size - SIZE_AT, digest);
    if (memcmp(digest, bytes + DIGEST_AT, sizeof digest) != 0)
        return damaged(call, "is damaged: its SHA-256 is not the one written in it");
    return CLSTEP_OK;
}

/* Finds the programs. Does not trust lengths: whoever made wrong ones may have made the digest too.
 */
static bool find_entries(clstep__blob *blob, size_t size)
{
    size_t at = PROGRAMS_AT;
    for (size_t i = 0; i < blob->count; i++) {
        if (size - at < LENGTHS)
            return false;
        const uint64_t options = get_number(blob->bytes + at);
        const uint64_t binary = get_number(blob->bytes + at + 8);
        at += LENGTHS;
        if (options == 0 || binary == 0 || options > size - at || binary > size - at - options)
            return false;
        blob->entries[i] = (clstep__blob_entry){.options = (const char *)blob->bytes + at,
                                                .options_length = (size_t)options,
                                                .binary = blob->bytes + at + options,
                                                .size = (size_t)binary};
        at += (size_t)(options + binary);
    }
    return at == size;
}

static clstep_status take(const char *call, const unsigned char *bytes, size_t size,
                          clstep__blob *blob)
{
    const uint64_t count = get_number(bytes + COUNT_AT);
    if (count > (size - PROGRAMS_AT) / LENGTHS)
        return damaged(call,
                       "is damaged: it is too short for the number of programs written in it");
    blob->count = (size_t)count;
    blob->bytes = clstep__allocate(size, 1);
    blob->entries = clstep__allocate(blob->count, sizeof *blob->entries);
    if (!blob->bytes || !blob->entries)
        return clstep__no_memory(call);
    memcpy(blob->bytes, bytes, size);
    return find_entries(blob, size) ? CLSTEP_OK
                                    : damaged(call, "is damaged: its programs reach past its end");
}

clstep_status clstep__blob_read(const char *call, const void *bytes, size_t size,
                                const unsigned char identity[CLSTEP__SHA256_SIZE],
                                clstep__blob *blob)
{
    const unsigned char *given = bytes;
    *blob = (clstep__blob){0};
    clstep_status status = check_whole(call, given, size);
    if (status != CLSTEP_OK)
        return status;
    if (memcmp(given + IDENTITY_AT, identity, CLSTEP__SHA256_SIZE) != 0)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "the blob was made by another version of clstep, or for another "
                            "device, platform or driver; the engine compiles instead");
    status = take(call, given, size, blob);
    if (status != CLSTEP_OK)
        clstep__blob_free(blob);
    return status;
}

void clstep__blob_free(clstep__blob *blob)
{
    clstep__free(blob->bytes);
    clstep__free(blob->entries);
    *blob = (clstep__blob){0};
}

clstep__blob_entry *clstep__blob_find(const clstep__blob *blob, const char *options, size_t length)
{
    for (size_t i = 0; i < blob->count; i++) {
        clstep__blob_entry *entry = &blob->entries[i];
        if (entry->options_length == length && memcmp(entry->options, options, length) == 0)
            return entry;
    }
    return NULL;
}

/* ---- writing */

void clstep__blob_begin(clstep__text *into, const unsigned char identity[CLSTEP__SHA256_SIZE])
{
    unsigned char head[PROGRAMS_AT] = {0};
    memcpy(head, mark, DIGEST_AT);
    memcpy(head + IDENTITY_AT, identity, CLSTEP__SHA256_SIZE);
    clstep__text_append(into, (const char *)head, sizeof head);
}

void clstep__blob_add(clstep__text *into, const clstep__blob_entry *entry)
{
    unsigned char lengths[LENGTHS];
    put_number(lengths, entry->options_length);
    put_number(lengths + 8, entry->size);
    clstep__text_append(into, (const char *)lengths, sizeof lengths);
    clstep__text_append(into, entry->options, entry->options_length);
    clstep__text_append(into, (const char *)entry->binary, entry->size);
    if (into->failed)
        return;
    unsigned char *count = (unsigned char *)into->bytes + COUNT_AT;
    put_number(count, get_number(count) + 1);
}

void clstep__blob_end(clstep__text *into)
{
    if (into->failed)
        return;
    unsigned char *bytes = (unsigned char *)into->bytes;
    put_number(bytes + SIZE_AT, into->length);
    clstep__sha256_of(bytes + SIZE_AT, into->length - SIZE_AT, bytes + DIGEST_AT);
}
