/* SHA-256 against the examples of FIPS 180-4 and of NIST's test vectors. */
#include "base/sha256.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_digest(const unsigned char *digest, const char *wanted)
{
    char text[2 * CLSTEP__SHA256_SIZE + 1];
    for (int i = 0; i < CLSTEP__SHA256_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(text, wanted);
}

static const struct {
    const char *text;
    const char *digest;
} examples[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(published_examples)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        unsigned char digest[CLSTEP__SHA256_SIZE];
        clstep__sha256_of(examples[i].text, strlen(examples[i].text), digest);
        check_digest(digest, examples[i].digest);
    }
}
END_TEST

START_TEST(million_letters)
{
    enum { MILLION = 1000000 };
    char *letters = malloc(MILLION);
    unsigned char digest[CLSTEP__SHA256_SIZE];
    memset(letters, 'a', MILLION);
    clstep__sha256_of(letters, MILLION, digest);
    check_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}
END_TEST

/* Every length across the ends of blocks, cut in two at every place. */
START_TEST(pieces)
{
    unsigned char bytes[200], whole[CLSTEP__SHA256_SIZE], cut[CLSTEP__SHA256_SIZE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        clstep__sha256_of(bytes, size, whole);
        for (size_t at = 0; at <= size; at++) {
            clstep__sha256 state;
            clstep__sha256_start(&state);
            clstep__sha256_add(&state, bytes, at);
            clstep__sha256_add(&state, bytes + at, size - at);
            clstep__sha256_end(&state, cut);
            ck_assert_mem_eq(cut, whole, sizeof whole);
        }
    }
}
END_TEST

/* The same bytes in other fields are something else. */
START_TEST(fields)
{
    static const char *const splits[][2] = {{"ab", "c"}, {"a", "bc"}, {"", "abc"}, {"abc", ""}};
    unsigned char digests[4][CLSTEP__SHA256_SIZE];
    for (size_t i = 0; i < 4; i++) {
        clstep__sha256 state;
        clstep__sha256_start(&state);
        clstep__sha256_field(&state, splits[i][0], strlen(splits[i][0]));
        clstep__sha256_field(&state, splits[i][1], strlen(splits[i][1]));
        clstep__sha256_end(&state, digests[i]);
        for (size_t k = 0; k < i; k++)
            ck_assert_mem_ne(digests[i], digests[k], sizeof digests[i]);
    }
}
END_TEST

Suite *sha256_suite(void)
{
    Suite *suite = suite_create("sha256");
    TCase *tests = tcase_create("sha256");
    tcase_add_test(tests, published_examples);
    tcase_add_test(tests, million_letters);
    tcase_add_test(tests, pieces);
    tcase_add_test(tests, fields);
    suite_add_tcase(suite, tests);
    return suite;
}
