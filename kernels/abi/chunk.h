/*
 * The table on the device: chunks, and words that are uploaded to it.
 */
#ifndef CLSTEP_ABI_CHUNK_H
#define CLSTEP_ABI_CHUNK_H

#include "abi/types.h"

/* A run of elements that one work-group updates. Offsets are in elements of the buffers. With
 * CLSTEP_BINDING_POINTERS `param` and `grad` are pointers instead. */
typedef struct clstep_chunk {
    clstep_u64 param;
    clstep_u64 grad;
    clstep_u64 state;     /* the same in every state array */
    clstep_u64 element;   /* the first element's number in the whole model, for random bits */
    clstep_u32 count;     /* 0: nothing to do */
    clstep_u32 constants; /* 0: the step constants of the launch; n: entry n - 1 of the table */
    clstep_u32 buffers;   /* param | grad << 8 | aligned << 16 */
    clstep_u32 spare;     /* 0 */
} clstep_chunk;
CLSTEP_ASSERT(chunk_has_48_bytes, sizeof(clstep_chunk) == 48);
CLSTEP_ASSERT(chunk_begins_with_four_offsets, CLSTEP_LIES_AT(clstep_chunk, grad, 8) &&
                                                  CLSTEP_LIES_AT(clstep_chunk, state, 16) &&
                                                  CLSTEP_LIES_AT(clstep_chunk, element, 24) &&
                                                  CLSTEP_LIES_AT(clstep_chunk, count, 32));
CLSTEP_ASSERT(chunk_ends_with_four_words, CLSTEP_LIES_AT(clstep_chunk, constants, 36) &&
                                              CLSTEP_LIES_AT(clstep_chunk, buffers, 40) &&
                                              CLSTEP_LIES_AT(clstep_chunk, spare, 44));

#define CLSTEP_CHUNK_PARAM(buffers) ((buffers)&255u)
#define CLSTEP_CHUNK_GRAD(buffers)  ((buffers) >> 8 & 255u)
#define CLSTEP_CHUNK_GRAD_SHIFT     8
#define CLSTEP_CHUNK_ALIGNED        (1u << 16) /* all offsets are multiples of the vector width */

/* Words of 32 bits for clstep_upload. A word goes to `first` + its `place`. With the buffer, the
 * kernel has 968 bytes of arguments; 1024 are the least that OpenCL guarantees. */
#define CLSTEP_UPLOAD_WORDS 118
typedef struct clstep_upload_word {
    clstep_u32 place;
    clstep_u32 word;
} clstep_upload_word;
typedef struct clstep_upload_words {
    clstep_u64 first;
    clstep_u32 count;
    clstep_u32 spare;
    clstep_upload_word of[CLSTEP_UPLOAD_WORDS];
} clstep_upload_words;
CLSTEP_ASSERT(upload_begins_with_its_place, CLSTEP_LIES_AT(clstep_upload_words, count, 8) &&
                                                CLSTEP_LIES_AT(clstep_upload_words, of, 16));
CLSTEP_ASSERT(upload_has_16_bytes_and_words,
              sizeof(clstep_upload_words) == 16 + 8 * CLSTEP_UPLOAD_WORDS);

#endif
