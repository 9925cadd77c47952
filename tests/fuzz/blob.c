/*
 * libFuzzer: whatever the bytes, a blob is refused or read, and then its programs lie within it and
 * what is written of them again is the same bytes.
 *
 * An input that begins with 'D' gets the mark, the size and the digest that it should have, so that
 * the fuzzer need not find a SHA-256; any other is a blob as it is.
 */
#include "engine/blob.h"

#include <stdlib.h>
#include <string.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const unsigned char identity[CLSTEP__SHA256_SIZE];

/* Of the input, a text without a byte to spare. */
static uint8_t *blob_of(const uint8_t *input, size_t *size)
{
    clstep__text text = {0};
    if (*size > 0 && input[0] == 'D') {
        clstep__blob_begin(&text, identity);
        const size_t count_at = text.length - 8;
        clstep__text_append(&text, (const char *)input + 1, *size - 1);
        if (*size > 8) { /* the number of programs is the input's too */
            memcpy(text.bytes + count_at, input + 1, 8);
            memmove(text.bytes + count_at + 8, input + 9, *size - 9);
            text.length -= 8;
        }
        clstep__blob_end(&text);
    } else {
        clstep__text_append(&text, (const char *)input, *size);
    }
    MUST(!text.failed);
    uint8_t *bytes = malloc(text.length ? text.length : 1);
    MUST(bytes);
    if (text.length)
        memcpy(bytes, text.bytes, text.length);
    *size = text.length;
    clstep__text_free(&text);
    return bytes;
}

static void check_again(const clstep__blob *blob, const uint8_t *bytes, size_t size)
{
    clstep__text again = {0};
    clstep__blob_begin(&again, identity);
    for (size_t i = 0; i < blob->count; i++)
        clstep__blob_add(&again, &blob->entries[i]);
    clstep__blob_end(&again);
    MUST(!again.failed && again.length == size && memcmp(again.bytes, bytes, size) == 0);
    clstep__text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    clstep__blob blob;
    uint8_t *bytes = blob_of(input, &size);
    clstep_status status = clstep__blob_read("fuzz", bytes, size, identity, &blob);
    MUST(status == CLSTEP_OK || status == CLSTEP_INVALID_FILE || status == CLSTEP_UNSUPPORTED);
    MUST((status == CLSTEP_OK) == (blob.bytes != NULL));
    if (status == CLSTEP_OK) {
        for (size_t i = 0; i < blob.count; i++)
            MUST(clstep__blob_find(&blob, blob.entries[i].options,
                                   blob.entries[i].options_length) != NULL);
        check_again(&blob, bytes, size);
        clstep__blob_free(&blob);
    }
    free(bytes);
    return 0;
}
