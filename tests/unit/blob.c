/* Blobs as bytes: what was written is read, and everything else is refused. */
#include "engine/blob.h"

#include "suites.h"

#include <clstep/clstep.h>
#include <stdlib.h>

static const unsigned char ours[CLSTEP__SHA256_SIZE] = {1, 2, 3};
static const unsigned char binary[] = {0, 255, 7, 0, 9};

enum { PROGRAMS = 3 };
static const char *const options[PROGRAMS] = {"-D A=1", "-D A=12", "x"};

/* Programs whose binaries grow: those of 1, 2 ... bytes. */
static void write_blob(clstep__text *into)
{
    clstep__blob_begin(into, ours);
    for (size_t i = 0; i < PROGRAMS; i++) {
        const clstep__blob_entry entry = {.options = options[i],
                                          .options_length = strlen(options[i]),
                                          .binary = binary,
                                          .size = i + 1};
        clstep__blob_add(into, &entry);
    }
    clstep__blob_end(into);
    ck_assert(!into->failed);
}

/* Reads a copy that ends where the bytes end, so that sanitizers see who reads on. */
static clstep_status try_read(const void *bytes, size_t size, clstep__blob *blob)
{
    unsigned char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    clstep_status status = clstep__blob_read("test", copy, size, ours, blob);
    free(copy);
    return status;
}

static void refuses(const void *bytes, size_t size, const char *part)
{
    clstep__blob blob;
    ck_assert_int_eq(try_read(bytes, size, &blob), CLSTEP_INVALID_FILE);
    ck_assert_msg(strstr(clstep_last_error()->message, part), "no \"%s\" in: %s", part,
                  clstep_last_error()->message);
    ck_assert(!blob.bytes && !blob.entries && blob.count == 0);
}

START_TEST(round_trip)
{
    clstep__text text = {0};
    clstep__blob blob;
    write_blob(&text);
    ck_assert_int_eq(try_read(text.bytes, text.length, &blob), CLSTEP_OK);
    ck_assert_uint_eq(blob.count, PROGRAMS);
    for (size_t i = 0; i < PROGRAMS; i++) {
        const clstep__blob_entry *entry = clstep__blob_find(&blob, options[i], strlen(options[i]));
        ck_assert_ptr_eq(entry, &blob.entries[i]);
        ck_assert_uint_eq(entry->size, i + 1);
        ck_assert_mem_eq(entry->binary, binary, i + 1);
    }
    ck_assert_ptr_null(clstep__blob_find(&blob, "-D A=", 5));
    clstep__blob_free(&blob);
    clstep__text_free(&text);
}
END_TEST

START_TEST(no_programs)
{
    clstep__text text = {0};
    clstep__blob blob;
    clstep__blob_begin(&text, ours);
    clstep__blob_end(&text);
    ck_assert_int_eq(try_read(text.bytes, text.length, &blob), CLSTEP_OK);
    ck_assert_uint_eq(blob.count, 0);
    clstep__blob_free(&blob);
    clstep__text_free(&text);
}
END_TEST

START_TEST(every_bit)
{
    clstep__text text = {0};
    write_blob(&text);
    for (size_t at = 0; at < text.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
            text.bytes[at] = (char)(text.bytes[at] ^ 1 << bit);
            refuses(text.bytes, text.length, "the blob ");
            text.bytes[at] = (char)(text.bytes[at] ^ 1 << bit);
        }
    }
    clstep__text_free(&text);
}
END_TEST

START_TEST(every_length)
{
    clstep__text text = {0};
    write_blob(&text);
    for (size_t size = 0; size < text.length; size++)
        refuses(text.bytes, size, "the blob ");
    const size_t whole = text.length;
    clstep__text_append(&text, "\0", 1);
    refuses(text.bytes, whole + 1, "its size is not the one written in it");
    clstep__text_free(&text);
}
END_TEST

START_TEST(another_identity)
{
    clstep__text text = {0};
    unsigned char theirs[CLSTEP__SHA256_SIZE];
    write_blob(&text);
    for (size_t i = 0; i < sizeof theirs; i++) {
        clstep__blob blob;
        memcpy(theirs, ours, sizeof theirs);
        theirs[i] ^= 0x10;
        ck_assert_int_eq(clstep__blob_read("test", text.bytes, text.length, theirs, &blob),
                         CLSTEP_UNSUPPORTED);
        ck_assert_ptr_null(blob.bytes);
    }
    clstep__text_free(&text);
}
END_TEST

/* Lengths that lie, in a blob whose digest is right. */
START_TEST(lying_lengths)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *part;
    } lies[] = {
        {80, 4, "reach past its end"}, /* programs */
        {80, 2, "reach past its end"},
        {80, 0, "reach past its end"},
        {87, 0x80, "too short for the number of programs"},
        {88, 0, "reach past its end"}, /* options of the first */
        {88, 200, "reach past its end"},
        {95, 0xff, "reach past its end"},
        {96, 0, "reach past its end"}, /* and its binary */
        {96, 3, "reach past its end"},
        {103, 0xff, "reach past its end"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        clstep__text text = {0};
        write_blob(&text);
        text.bytes[lies[i].at] = (char)lies[i].byte;
        clstep__blob_end(&text);
        refuses(text.bytes, text.length, lies[i].part);
        clstep__text_free(&text);
    }
}
END_TEST

Suite *blob_suite(void)
{
    Suite *suite = suite_create("blob");
    TCase *tests = tcase_create("blob");
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, no_programs);
    tcase_add_test(tests, every_bit);
    tcase_add_test(tests, every_length);
    tcase_add_test(tests, another_identity);
    tcase_add_test(tests, lying_lengths);
    suite_add_tcase(suite, tests);
    return suite;
}
