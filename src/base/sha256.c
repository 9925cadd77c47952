/* SHA-256, written as in FIPS 180-4. The callers choose what to hash and in which order. */
#include "base/sha256.h"

#include <string.h>

/* The fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

/* The message schedule: the 16 words of a block, and 48 made from them. */
static void expand(const unsigned char *block, uint32_t words[64])
{
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        const uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void take_block(clstep__sha256 *state, const unsigned char *block)
{
    uint32_t words[64], x[8];
    expand(block, words);
    memcpy(x, state->words, sizeof x);
    for (int i = 0; i < 64; i++) {
        const uint32_t choice = (x[4] & x[5]) ^ (~x[4] & x[6]);
        const uint32_t majority = (x[0] & x[1]) ^ (x[0] & x[2]) ^ (x[1] & x[2]);
        const uint32_t first = x[7] + (rotate(x[4], 6) ^ rotate(x[4], 11) ^ rotate(x[4], 25)) +
                               choice + constants[i] + words[i];
        const uint32_t second = (rotate(x[0], 2) ^ rotate(x[0], 13) ^ rotate(x[0], 22)) + majority;
        memmove(x + 1, x, 7 * sizeof *x);
        x[4] += first;
        x[0] = first + second;
    }
    for (int i = 0; i < 8; i++)
        state->words[i] += x[i];
}

void clstep__sha256_start(clstep__sha256 *state)
{
    /* The fractional parts of the square roots of the first 8 primes. */
    *state = (clstep__sha256){.words = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void clstep__sha256_add(clstep__sha256 *state, const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    size_t held = (size_t)(state->length % CLSTEP__SHA256_BLOCK);
    state->length += size;
    while (size > 0) {
        if (held == 0 && size >= CLSTEP__SHA256_BLOCK) {
            take_block(state, next);
            next += CLSTEP__SHA256_BLOCK;
            size -= CLSTEP__SHA256_BLOCK;
            continue;
        }
        const size_t room = CLSTEP__SHA256_BLOCK - held;
        const size_t taken = size < room ? size : room;
        memcpy(state->block + held, next, taken);
        next += taken;
        size -= taken;
        held = (held + taken) % CLSTEP__SHA256_BLOCK;
        if (held == 0)
            take_block(state, state->block);
    }
}

static void put_length(unsigned char bytes[8], uint64_t length)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> (56 - 8 * i));
}

void clstep__sha256_field(clstep__sha256 *state, const void *bytes, size_t size)
{
    unsigned char length[8];
    put_length(length, size);
    clstep__sha256_add(state, length, sizeof length);
    clstep__sha256_add(state, bytes, size);
}

void clstep__sha256_end(clstep__sha256 *state, unsigned char digest[CLSTEP__SHA256_SIZE])
{
    static const unsigned char padding[CLSTEP__SHA256_BLOCK] = {0x80};
    unsigned char length[8];
    put_length(length, state->length * 8);
    /* pads so that the length ends a block */
    const size_t held = (size_t)(state->length % CLSTEP__SHA256_BLOCK);
    clstep__sha256_add(state, padding, (held < 56 ? 56 : 120) - held);
    clstep__sha256_add(state, length, sizeof length);
    for (int i = 0; i < CLSTEP__SHA256_SIZE; i++)
        digest[i] = (unsigned char)(state->words[i / 4] >> (24 - 8 * (i % 4)));
}

void clstep__sha256_of(const void *bytes, size_t size, unsigned char digest[CLSTEP__SHA256_SIZE])
{
    clstep__sha256 state;
    clstep__sha256_start(&state);
    clstep__sha256_add(&state, bytes, size);
    clstep__sha256_end(&state, digest);
}
