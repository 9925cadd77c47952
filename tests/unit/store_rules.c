/* The rules of safetensors: for each rule a file that breaks it, and the message. */
#include "store_fixture.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRY(dtype, shape, begin, end)                                                            \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

/* The message starts with what is wrong. */
static const struct {
    const char *header;
    size_t data_size;
    const char *part;
} broken[] = {
    /* the header as JSON */
    {"", 0, "the header does not begin with '{'"},
    {" {}", 0, "the header does not begin with '{'"},
    {"[]", 0, "the header does not begin with '{'"},
    {"{", 0, "the header is not valid JSON at byte 9"},
    {"{\"a", 0, "the header is not valid JSON at byte 11"},
    {"{\"a\"", 0, "the header is not valid JSON at byte 12"},
    {"{a:1}", 0, "the header is not valid JSON at byte 9"},
    {"{,}", 0, "the header is not valid JSON at byte 9"},
    {"{}}", 0, "the header is not valid JSON at byte 10"},
    {"{}\f", 0, "the header is not valid JSON at byte 10"},
    {"{}\n}", 0, "the header is not valid JSON at byte 11"},
    {"{} {}", 0, "the header is not valid JSON at byte 11"},
    {"{\"a\":" ENTRY("U8", "[0]", 0, 0) ",}", 0, "the header is not valid JSON"},
    {"{\"a\":" ENTRY("U8", "[0]", 0, 0) "\"b\"", 0, "the header is not valid JSON"},
    {"{\"a\":{\"dtype\":\"U8\"", 0, "the header is not valid JSON"},
    {"{\"a\":{\"dtype\" \"U8\"}}", 0, "the header is not valid JSON"},
    {"{\"a\":{3}}", 0, "the header is not valid JSON"},
    {"{\"a\nb\":1}", 0, "the header is not valid JSON at byte 11"},
    {"{\"\\x\":1}", 0, "the header is not valid JSON"},
    {"{\"\\u12g4\":1}", 0, "the header is not valid JSON"},
    {"{\"\\ud800\":1}", 0, "the header is not valid JSON"},
    {"{\"\\ud800\\u0041\":1}", 0, "the header is not valid JSON"},
    {"{\"\\udc00\":1}", 0, "the header is not valid JSON"},
    {"{\"\\u0000\":1}", 0, "the header has a \\u0000 in a text"},
    {"{\"\x80\":1}", 0, "the header is not UTF-8 at byte 10"},
    {"{\"\xC0\xAF\":1}", 0, "the header is not UTF-8"},
    {"{\"\xE0\x9F\xBF\":1}", 0, "the header is not UTF-8"},
    {"{\"\xED\xA0\x80\":1}", 0, "the header is not UTF-8"},
    {"{\"\xF0\x8F\xBF\xBF\":1}", 0, "the header is not UTF-8"},
    {"{\"\xF4\x90\x80\x80\":1}", 0, "the header is not UTF-8"},
    {"{\"\xC3\":1}", 0, "the header is not UTF-8"},
    /* an entry */
    {"{\"a\":1}", 0, "tensor \"a\" is no object with dtype, shape and data_offsets"},
    {"{\"a\":{}}", 0, "tensor \"a\" has no dtype"},
    {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", 0, "tensor \"a\" has no shape"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "tensor \"a\" has no data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0, "tensor \"a\" has dtype twice"},
    {"{\"a\":{\"shape\":[0],\"sh\\u0061pe\":[0]}}", 0, "tensor \"a\" has shape twice"},
    {"{\"a\":{\"size\":3}}", 0, "tensor \"a\" has the key \"size\" besides dtype"},
    {"{\"a\":{\"dtype\":3}}", 0, "tensor \"a\" has a dtype that is no text"},
    {"{\"a\":" ENTRY("F33", "[0]", 0, 0) "}", 0, "tensor \"a\" has dtype \"F33\", which"},
    {"{\"a\":" ENTRY("f32", "[0]", 0, 0) "}", 0, "tensor \"a\" has dtype \"f32\", which"},
    {"{\"a\":" ENTRY("U8", "0", 0, 0) "}", 0, "tensor \"a\" has a shape that is no array of whole"},
    {"{\"a\":" ENTRY("U8", "[-1]", 0, 0) "}", 0, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[-0]", 0, 0) "}", 0, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[01]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[1.0]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[1e0]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[\"1\"]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[1,]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[[1]]", 0, 1) "}", 1, "tensor \"a\" has a shape that is no array"},
    {"{\"a\":" ENTRY("U8", "[18446744073709551616]", 0, 0) "}", 0, "that is no array of whole"},
    {"{\"a\":" ENTRY("U8", "[0]", 0, -0) "}", 0, "tensor \"a\" has data_offsets that are not two"},
    {"{\"a\":{\"data_offsets\":[0]}}", 0, "tensor \"a\" has data_offsets that are not two whole"},
    {"{\"a\":{\"data_offsets\":[0,1,2]}}", 0, "tensor \"a\" has data_offsets that are not two"},
    {"{\"a\":{\"data_offsets\":0}}", 0, "tensor \"a\" has data_offsets that are not two whole"},
    {"{\"a\":" ENTRY("U8", "[1]", 1, 0) "}", 1, "that begin at 1, behind their end 0"},
    {"{\"a\":" ENTRY("F32", "[2]", 0, 7) "}", 7, "has 7 bytes by its data_offsets, but 8 by its"},
    {"{\"a\":" ENTRY("F4", "[3]", 0, 1) "}", 1, "has 3 elements of 4 bits, which fill no whole"},
    {"{\"a\":" ENTRY("F6_E2M3", "[2]", 0, 1) "}", 1, "has 2 elements of 6 bits, which fill no"},
    /* sizes that wrap in 64 bits */
    {"{\"a\":" ENTRY("U8", "[4294967296,4294967296]", 0, 0) "}", 0, "cannot be counted in 64 bits"},
    {"{\"a\":" ENTRY("F32", "[4611686018427387904]", 0, 0) "}", 0, "cannot be counted in 64 bits"},
    {"{\"a\":" ENTRY("F64", "[2305843009213693953]", 0, 8) "}", 8, "cannot be counted in 64 bits"},
    {"{\"a\":" ENTRY("U8", "[18446744073709551615,2,0]", 0, 0) "}", 0,
     "cannot be counted in 64 bits"},
    {"{\"a\":" ENTRY("U8", "[4]", 18446744073709551612, 18446744073709551616) "}", 4,
     "not two whole numbers"},
    {"{\"a\":" ENTRY("U8", "[4]", 18446744073709551611, 18446744073709551615) "}", 4,
     "a hole of 18446744073709551611 bytes before tensor \"a\""},
    /* the layout of the data */
    {"{\"a\":" ENTRY("U8", "[2]", 1, 3) "}", 3, "a hole of 1 byte before tensor \"a\""},
    {"{\"b\":" ENTRY("U8", "[2]", 3, 5) ",\"a\":" ENTRY("U8", "[2]", 0, 2) "}", 5,
     "a hole of 1 byte before tensor \"b\""},
    {"{\"a\":" ENTRY("U8", "[2]", 0, 2) ",\"b\":" ENTRY("U8", "[2]", 1, 3) "}", 3,
     "tensor \"b\" overlaps the one before it"},
    {"{\"a\":" ENTRY("U8", "[2]", 0, 2) ",\"b\":" ENTRY("U8", "[0]", 1, 1) "}", 2,
     "tensor \"b\" overlaps the one before it"},
    {"{\"a\":" ENTRY("U8", "[2]", 0, 2) "}", 1, "have 2 bytes of data, but the file has 1 behind"},
    {"{\"a\":" ENTRY("U8", "[2]", 0, 2) "}", 3, "have 2 bytes of data, but the file has 3 behind"},
    {"{}", 1, "have 0 bytes of data, but the file has 1 behind"},
    /* names */
    {"{\"a\":" ENTRY("U8", "[1]", 0, 1) ",\"\\u0061\":" ENTRY("U8", "[1]", 1, 2) "}", 2,
     "there are two tensors \"a\""},
    {"{\"a\\u0007b\":1}", 0, "tensor \"a?b\" is no object"},
    {"{\"a\\u009bb\":1}", 0, "tensor \"a?b\" is no object"},
    /* metadata */
    {"{\"__metadata__\":nul}", 0, "__metadata__ is no object of texts"},
    {"{\"__metadata__\":nulls}", 0, "the header is not valid JSON at byte 28"},
    {"{\"__metadata__\":null,\"__metadata__\":{}}", 0, "the header has __metadata__ twice"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "the entry \"k\" of __metadata__ is no text"},
    {"{\"__metadata__\":{\"k\":\"\\u0000\"}}", 0, "the header has a \\u0000 in a text"},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "__metadata__ has the key \"k\" twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "the header has __metadata__ twice"},
    {"{\"__metadata__\":{\"k\" \"1\"}}", 0, "the header is not valid JSON"},
    {"{\"__metadata__\":{\"k\":\"1\"", 0, "the header is not valid JSON"},
};

START_TEST(each_rule)
{
    store_bytes file = store_build(broken[_i].header, broken[_i].data_size);
    store_refuses(file.at, file.size, broken[_i].part);
    free(file.at);
}
END_TEST

START_TEST(length)
{
    static const unsigned char most[8] = {0x00, 0xE1, 0xF5, 0x05}; /* 100,000,000 */
    store_bytes file = store_build("{}", 0);
    for (size_t size = 0; size < 8; size++)
        store_refuses(file.at, size, "fewer than the 8 that the format begins with");
    file.at[0] = 3;
    store_refuses(file.at, file.size, "length is 3, but the file has only 2 bytes behind it");
    memcpy(file.at, most, 8);
    store_refuses(file.at, file.size, "length is 100000000, but the file has only 2 bytes");
    file.at[0]++;
    store_refuses(file.at, file.size, "this is no safetensors file, or it is damaged");
    memset(file.at, 0xFF, 8);
    store_refuses(file.at, file.size, "longer than the format's limit of 100000000 bytes");
    file.at[0] = 0xF8; /* 8 more are 0 in 64 bits */
    store_refuses(file.at, file.size, "this is no safetensors file");
    free(file.at);
}
END_TEST

START_TEST(nul_in_header)
{
    store_bytes file = store_build("{} ", 0);
    file.at[10] = '\0';
    store_refuses(file.at, file.size, "the header is not valid JSON at byte 10");
    free(file.at);
}
END_TEST

/* A name that fills the message shows what follows it all the same. */
START_TEST(long_name_is_cut)
{
    char header[4096] = "{\"";
    memset(header + 2, 'x', 3000);
    strcpy(header + 3002, "\":1}");
    store_bytes file = store_build(header, 0);
    store_refuses(file.at, file.size, "xxx...\" is no object with dtype");
    free(file.at);
}
END_TEST

/* What is unusual and allowed. */
static const struct {
    const char *header;
    size_t data_size;
    const char *described;
} whole[] = {
    {"{}", 0, ""},
    {"{ }      ", 0, ""},
    {"{}\n \r\n\t", 0, ""}, /* as serde_json reads it */
    {"{\"__metadata__\":{}}", 0, ""},
    {"{\"__metadata__\": null }", 0, ""},
    {"{\"\":" ENTRY("F32", "[]", 0, 4) "}", 4, "tensor \ndtype F32\nshape [\ndata 01080f16\n"},
    {"{\"a\" : {\r\n\t\"data_offsets\": [ 0 , 1 ], \"shape\" :[ 1 ],\"dtype\":\"BOOL\" } }  ", 1,
     "tensor a\ndtype BOOL\nshape [1,\ndata 01\n"},
    {"{\"b\":" ENTRY("U8", "[1]", 0, 1) ",\"z\":" ENTRY("U8", "[0]", 1, 1) ",\"y\":" ENTRY(
         "F64", "[3,0]", 0, 0) ",\"x\":" ENTRY("F64", "[0,18446744073709551615]", 0, 0) "}",
     1,
     "tensor x\ndtype F64\nshape [0,18446744073709551615,\ndata \n"
     "tensor y\ndtype F64\nshape [3,0,\ndata \n"
     "tensor b\ndtype U8\nshape [1,\ndata 01\n"
     "tensor z\ndtype U8\nshape [0,\ndata \n"},
    {"{\"a\":" ENTRY("F4", "[2,2]", 0, 2) ",\"b\":" ENTRY("F6_E3M2", "[4]", 2, 5) "}", 5,
     "tensor a\ndtype F4\nshape [2,2,\ndata 0108\ntensor b\ndtype F6_E3M2\nshape [4,\ndata "
     "0f161d\n"},
    {"{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\uDE00\xC3\xA9\":" ENTRY(
         "U8", "[0]", 0, 0) ",\"__metadata__\":{\"z\":\"\",\"\":\"\\u0001\"}}",
     0,
     "tensor \"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA9\ndtype U8\nshape "
     "[0,\ndata \nkey z\ntext \nkey \ntext \x01\n"},
};

START_TEST(unusual)
{
    char text[STORE_TEXT];
    clstep_safetensors *file = NULL;
    store_bytes built = store_build(whole[_i].header, whole[_i].data_size);
    const clstep_status status = clstep_safetensors_open_memory(&file, built.at, built.size);
    ck_assert_msg(status == CLSTEP_OK, "%s", clstep_last_error()->message);
    store_describe(file, text);
    ck_assert_str_eq(text, whole[_i].described);
    clstep_safetensors_close(file);
    free(built.at);
}
END_TEST

/* Every dtype of the format and the bits of an element. */
START_TEST(dtypes)
{
    static const struct {
        const char *name;
        int bits;
    } known[] = {{"BOOL", 8},        {"F4", 4},         {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
                 {"I8", 8},          {"F8_E5M2", 8},    {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},
                 {"U16", 16},        {"F16", 16},       {"BF16", 16},   {"I32", 32},    {"U32", 32},
                 {"F32", 32},        {"C64", 64},       {"F64", 64},    {"I64", 64},    {"U64", 64},
                 {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char header[200];
        snprintf(header, sizeof header,
                 "{\"a\":{\"dtype\":\"%s\",\"shape\":[8],\"data_offsets\":[0,%d]}}", known[i].name,
                 known[i].bits);
        store_bytes file = store_build(header, known[i].bits);
        ck_assert_int_eq(store_try(file.at, file.size), CLSTEP_OK);
        free(file.at);
    }
}
END_TEST

Suite *store_rules_suite(void)
{
    Suite *suite = suite_create("store_rules");
    TCase *tests = tcase_create("store_rules");
    tcase_add_loop_test(tests, each_rule, 0, sizeof broken / sizeof *broken);
    tcase_add_test(tests, length);
    tcase_add_test(tests, nul_in_header);
    tcase_add_test(tests, long_name_is_cut);
    tcase_add_loop_test(tests, unusual, 0, sizeof whole / sizeof *whole);
    tcase_add_test(tests, dtypes);
    suite_add_tcase(suite, tests);
    return suite;
}
