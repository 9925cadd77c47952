/* Checkpoints as files: what cannot be declared, and what damage is refused. */
#include "store_fixture.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t shapes[][2] = {{2, 3}, {5}};

static clstep_rule rule_of(const char *preset)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, preset), CLSTEP_OK);
    return rule;
}

/* Declares two groups of one tensor each. */
static clstep_status declare(clstep_writer *writer, const clstep_rule *rule, const char *first,
                             const char *second, int with_params)
{
    const clstep_tensor_name names[] = {{first, shapes[0], 2}, {second, shapes[1], 1}};
    const clstep_checkpoint_group groups[] = {{.size = sizeof *groups,
                                               .rule = rule,
                                               .tensors = &names[0],
                                               .tensor_count = 1,
                                               .with_params = with_params},
                                              {.size = sizeof *groups,
                                               .rule = rule,
                                               .tensors = &names[1],
                                               .tensor_count = 1,
                                               .with_params = with_params}};
    return clstep_checkpoint_declare(writer, 7, 0, 2, groups);
}

static void refused(const char *preset, const char *first, const char *second, int with_params,
                    const char *part)
{
    const clstep_rule rule = rule_of(preset);
    clstep_writer *writer = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    store_failed(declare(writer, &rule, first, second, with_params), CLSTEP_INVALID_ARGUMENT, part);
    clstep_writer_destroy(writer);
}

/* What a reader would refuse, or take for something else, is not written. */
START_TEST(names_refused)
{
    refused(
        "torch", "a", "a", 0,
        "two tensors are called \"a\" (groups[0].tensors[0], groups[1].tensors[0]); give each a "
        "name of its own");
    refused("torch", "a", "a.square_avg", 0, "\"a.square_avg\" has the name of another");
    refused("torch", "a.square_avg", "a", 0, "\"a.square_avg\" has the name of another");
    refused("torch", "a", "a.square_avg", 1, "name \"a.square_avg\" has been declared before");
    refused("torch", "a\xFF", "b", 0, "name \"a?.square_avg\" is not UTF-8");
    refused("sgd", "a", "a", 0, "two tensors are called \"a\" (groups[0].tensors[0], groups[1]");
    refused("sgd", "a", "b\xFF", 0, "groups[1].tensors[0].name \"b?\" is not UTF-8");
    refused("sgd", "", "b", 0, "groups[0].tensors[0] has no name or no shape");
}
END_TEST

/* The formats that the metadata tell are those of parameters, one for each tensor, and those of the
 * file. */
START_TEST(param_dtypes)
{
    static const struct {
        const char *dtypes;
        const char *part; /* NULL: it is in order */
    } rows[] = {{"[\"BF16\"]", NULL},
                {"[\"F16\"]", "\"a\" is BF16 where the metadata ask for F16"},
                {"[\"U8\"]", "\"param_dtypes\" must be an array of dtypes, one for each tensor"},
                {"[\"X\"]", "\"param_dtypes\" must be an array"},
                {"[1]", "\"param_dtypes\" must be an array"},
                {"[]", "\"param_dtypes\" must be an array"},
                {"[\"BF16\",\"BF16\"]", "\"param_dtypes\" must be an array"}};
    static const uint64_t count = 2;
    static const uint16_t zeros[2];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        void *bytes = NULL;
        size_t size = 0;
        clstep_writer *writer = NULL;
        clstep_checkpoint *checkpoint = NULL;
        snprintf(text, sizeof text,
                 "{\"format\":1,\"step\":1,\"groups\":[{\"preset\":\"sgd\",\"tensors\":[\"a\"],"
                 "\"param_dtypes\":%s}]}",
                 rows[i].dtypes);
        ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
        ck_assert_int_eq(clstep_writer_set_metadata(writer, "clstep", text), CLSTEP_OK);
        ck_assert_int_eq(clstep_writer_add(writer, "a", "BF16", 1, &count), CLSTEP_OK);
        ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
        ck_assert_int_eq(clstep_writer_write(writer, 0, 0, sizeof zeros, zeros), CLSTEP_OK);
        ck_assert_int_eq(clstep_writer_take(writer, &bytes, &size), CLSTEP_OK);
        clstep_writer_destroy(writer);
        const clstep_status status = clstep_checkpoint_open_memory(&checkpoint, bytes, size);
        if (rows[i].part)
            store_failed(status, CLSTEP_INVALID_FILE, rows[i].part);
        else
            ck_assert_int_eq(status, CLSTEP_OK);
        clstep_checkpoint_close(checkpoint);
        clstep_store_free(bytes);
    }
}
END_TEST

START_TEST(reserved)
{
    const clstep_rule rule = rule_of("torch");
    const clstep_checkpoint_group group = {.size = sizeof group, .rule = &rule, .reserved = 1};
    clstep_writer *writer = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    store_failed(clstep_checkpoint_declare(writer, 0, 0, 1, &group), CLSTEP_INVALID_ARGUMENT,
                 "groups[0].reserved must be 0");
    clstep_writer_destroy(writer);
}
END_TEST

static store_bytes whole(void)
{
    static const float zeros[6];
    const clstep_rule rule = rule_of("torch");
    store_bytes bytes = {0};
    clstep_writer *writer = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    ck_assert_int_eq(declare(writer, &rule, "w\xC3\xA9", "b", 0), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 24, zeros), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 1, 0, 20, zeros), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_take(writer, (void **)&bytes.at, &bytes.size), CLSTEP_OK);
    clstep_writer_destroy(writer);
    return bytes;
}

/* Opens it, and asks everything. */
static clstep_status look_at(const void *bytes, size_t size)
{
    clstep_checkpoint *checkpoint = NULL;
    clstep_status status = clstep_checkpoint_open_memory(&checkpoint, bytes, size);
    ck_assert_int_eq(checkpoint != NULL, status == CLSTEP_OK);
    if (status != CLSTEP_OK)
        return status;
    for (size_t g = 0; g < clstep_checkpoint_group_count(checkpoint); g++) {
        clstep_rule rule = CLSTEP_RULE_INIT;
        ck_assert_int_eq(clstep_checkpoint_rule(checkpoint, g, &rule), CLSTEP_OK);
        ck_assert_int_eq(clstep_rule_validate(&rule), CLSTEP_OK);
        for (size_t i = 0; i < clstep_checkpoint_tensor_count(checkpoint, g); i++)
            ck_assert_uint_gt(strlen(clstep_checkpoint_tensor_name(checkpoint, g, i)), 0);
    }
    clstep_checkpoint_close(checkpoint);
    return status;
}

static void is_printable(const char *message)
{
    for (; *message; message++)
        ck_assert_msg((unsigned char)*message >= 0x20 && *message != 0x7F, "byte %02x",
                      (unsigned char)*message);
}

/* Bits are turned one by one. Digits of a number can become others, and some texts too; nothing
 * else is read. */
START_TEST(every_bit)
{
    store_bytes file = whole();
    const size_t header = file.size - 44;
    size_t tried = 0, read = 0;
    ck_assert_int_eq(look_at(file.at, file.size), CLSTEP_OK);
    for (size_t at = 0; at < header; at++) {
        for (unsigned bit = 1; bit < 256; bit <<= 1, tried++) {
            file.at[at] ^= (unsigned char)bit;
            const clstep_status status = look_at(file.at, file.size);
            read += status == CLSTEP_OK;
            if (status != CLSTEP_OK) {
                ck_assert_int_eq(status, CLSTEP_INVALID_FILE);
                is_printable(clstep_last_error()->message);
            }
            file.at[at] ^= (unsigned char)bit;
        }
    }
    ck_assert_uint_gt(tried, 2000);
    ck_assert_uint_lt(read, tried / 20);
    clstep_store_free(file.at);
}
END_TEST

START_TEST(every_length)
{
    store_bytes file = whole();
    for (size_t size = 0; size < file.size; size++) {
        unsigned char *copy = malloc(size + 1);
        memcpy(copy, file.at, size);
        ck_assert_int_eq(look_at(copy, size), CLSTEP_INVALID_FILE);
        free(copy);
    }
    clstep_store_free(file.at);
}
END_TEST

Suite *store_checkpoint_suite(void)
{
    Suite *suite = suite_create("store_checkpoint");
    TCase *tests = tcase_create("store_checkpoint");
    tcase_add_test(tests, names_refused);
    tcase_add_test(tests, param_dtypes);
    tcase_add_test(tests, reserved);
    tcase_add_test(tests, every_bit);
    tcase_add_test(tests, every_length);
    suite_add_tcase(suite, tests);
    return suite;
}
