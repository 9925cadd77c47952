/* A small file with each of its bytes changed, cut or added: it is refused, or read with that one
 * change. */
#include "store_fixture.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

/* The header in pieces. 's': no byte of it can change unseen. The others say which item of the
 * file's description changes: 'v' as the value of the line that begins with `item`; ' ': none. */
static const struct {
    char kind;
    const char *text;
    const char *item; /* the line of the description, before the change */
} pieces[] = {
    {'s', "{\"__metadata__\":{\"", NULL},
    {'v', "format", "key format"},
    {'s', "\":\"", NULL},
    {'v', "clstep", "text clstep"},
    {'s', "\"},\"", NULL},
    {'v', "weight", "tensor weight"},
    {'s', "\":{\"dtype\":\"", NULL},
    {'v', "F32", "dtype F32"},
    {'s', "\",\"shape\":[2,3],\"data_offsets\":[0,24]},", NULL},
    {' ', " ", NULL},
    {'s', "\"", NULL},
    {'v', "void", "tensor void"},
    {'s', "\":{\"dtype\":\"", NULL},
    {'v', "I64", "dtype I64"},
    {'s', "\",\"shape\":[0],\"data_offsets\":[24,24]},\"", NULL},
    {'v', "bias", "tensor bias"},
    {'s', "\":{\"dtype\":\"", NULL},
    {'v', "BF16", "dtype BF16"},
    {'s', "\",\"shape\":[10],\"data_offsets\":[24,44]}", NULL},
    {' ', " ", NULL},
    {'s', "}", NULL},
    {' ', "    ", NULL},
};

enum { DATA = 44, HEADER = 8 };

static store_bytes whole(void)
{
    char header[1024] = "";
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        strcat(header, pieces[i].text);
    return store_build(header, DATA);
}

/* The item of the description that may differ where byte `at` of the header does, NULL for none;
 * false where the file must be refused. */
static int may_differ(size_t at, const char **item)
{
    size_t i = 0;
    *item = NULL;
    if (at < HEADER)
        return 0;
    for (at -= HEADER; at >= strlen(pieces[i].text); i++)
        at -= strlen(pieces[i].text);
    *item = pieces[i].item;
    return pieces[i].kind != 's';
}

static int is_line(const char *line, size_t length, const char *item)
{
    return item && strlen(item) == length && strncmp(line, item, length) == 0;
}

/* The descriptions agree line by line but for that item, of which the kind alone agrees. It is on a
 * line of its own: no newline can come into a text, as JSON has it escaped. */
static void same_but_for(const char *before, const char *after, const char *item)
{
    while (*before && *after) {
        const size_t was = strcspn(before, "\n"), is = strcspn(after, "\n");
        const size_t kind = is_line(before, was, item) ? strcspn(before, " ") : was;
        ck_assert(is >= kind && strncmp(before, after, kind) == 0);
        ck_assert(kind < was || is == was);
        before += was + 1;
        after += is + 1;
    }
    ck_assert_int_eq(*before, *after);
}

/* The descriptions differ in the digits of one byte of data, which now is `value`. */
static void same_but_for_byte(const char *before, const char *after, unsigned char value)
{
    char digits[3];
    size_t at = 0;
    while (before[at] && before[at] == after[at])
        at++;
    ck_assert_uint_eq(strlen(before), strlen(after));
    const char *line = before + at; /* to the beginning of the line, "data " */
    while (line > before && line[-1] != '\n')
        line--;
    ck_assert_int_eq(strncmp(line, "data ", 5), 0);
    at -= (size_t)(before + at - line - 5) % 2;
    snprintf(digits, sizeof digits, "%02x", value);
    ck_assert_mem_eq(after + at, digits, 2);
    ck_assert_str_eq(before + at + 2, after + at + 2);
}

/* Opens a copy in which byte `at` is `value`. Returns whether it was read. */
static int change(const store_bytes *file, size_t at, unsigned char value, const char *before)
{
    char after[STORE_TEXT];
    const char *item = NULL;
    clstep_safetensors *opened = NULL;
    const unsigned char kept = file->at[at];
    const size_t data = file->size - DATA;
    file->at[at] = value;
    const clstep_status status = clstep_safetensors_open_memory(&opened, file->at, file->size);
    if (status != CLSTEP_OK)
        ck_assert_int_eq(status, CLSTEP_INVALID_FILE);
    if (at < data) {
        const int may = may_differ(at, &item);
        ck_assert_msg(may || status != CLSTEP_OK, "byte %zu as %02x was not seen", at, value);
    } else {
        ck_assert_int_eq(status, CLSTEP_OK);
    }
    if (status == CLSTEP_OK) {
        store_describe(opened, after);
        if (at < data)
            same_but_for(before, after, item);
        else
            same_but_for_byte(before, after, value);
        clstep_safetensors_close(opened);
    }
    file->at[at] = kept;
    return status == CLSTEP_OK;
}

/* Every other value of a byte, or with CLSTEP_QUICK=1 those that differ in one bit. */
START_TEST(every_byte_and_value)
{
    const int quick = getenv("CLSTEP_QUICK") != NULL;
    const size_t values = quick ? 8 : 255;
    char before[STORE_TEXT];
    clstep_safetensors *opened = NULL;
    size_t read = 0, tried = 0;
    store_bytes file = whole();
    ck_assert_int_eq(clstep_safetensors_open_memory(&opened, file.at, file.size), CLSTEP_OK);
    store_describe(opened, before);
    clstep_safetensors_close(opened);
    for (size_t at = 0; at < file.size; at++) {
        for (unsigned flip = 1; flip < 256; flip += quick ? flip : 1, tried++)
            read += change(&file, at, (unsigned char)(file.at[at] ^ flip), before);
    }
    ck_assert_uint_eq(tried, file.size * values);
    ck_assert_uint_gt(tried, 2000);
    ck_assert_uint_gt(read, DATA * values); /* all of the data, and some of the texts */
    ck_assert_uint_lt(read, (DATA + 40) * values);
    free(file.at);
}
END_TEST

START_TEST(data_are_read_as_they_are)
{
    store_bytes file = whole();
    unsigned char data[DATA];
    clstep_safetensors *opened = NULL;
    for (unsigned i = 0; i < DATA; i++)
        file.at[file.size - DATA + i] = (unsigned char)(i * i);
    ck_assert_int_eq(clstep_safetensors_open_memory(&opened, file.at, file.size), CLSTEP_OK);
    ck_assert_int_eq(clstep_safetensors_read(opened, 0, 0, 24, data), CLSTEP_OK);
    ck_assert_int_eq(clstep_safetensors_read(opened, 2, 0, 20, data + 24), CLSTEP_OK);
    ck_assert_mem_eq(data, file.at + file.size - DATA, DATA);
    ck_assert_int_eq(clstep_safetensors_read(opened, 2, 3, 2, data), CLSTEP_OK);
    ck_assert_mem_eq(data, file.at + file.size - 17, 2);
    clstep_safetensors_close(opened);
    free(file.at);
}
END_TEST

START_TEST(every_length)
{
    store_bytes file = whole();
    unsigned char *longer = calloc(file.size + 9, 1);
    memcpy(longer, file.at, file.size);
    for (size_t size = 0; size < file.size; size++)
        store_refuses(file.at, size, "");
    ck_assert_int_eq(store_try(longer, file.size), CLSTEP_OK);
    for (size_t size = file.size + 1; size < file.size + 10; size++)
        store_refuses(longer, size, "have 44 bytes of data, but");
    free(longer);
    free(file.at);
}
END_TEST

Suite *store_damage_suite(void)
{
    Suite *suite = suite_create("store_damage");
    TCase *tests = tcase_create("store_damage");
    tcase_add_test(tests, every_byte_and_value);
    tcase_add_test(tests, data_are_read_as_they_are);
    tcase_add_test(tests, every_length);
    suite_add_tcase(suite, tests);
    return suite;
}
