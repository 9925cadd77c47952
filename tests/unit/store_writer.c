/* The writer: its bytes and its refusals; and the reader reads what it writes. */
#include "store_fixture.h"
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t shape[] = {2, 3};
static const float numbers[] = {1.0f, -2.0f, 0.5f, 3.0f, 4.0f, 5.0f};

/* Written out by hand. */
static const char golden[] = "\xD0\0\0\0\0\0\0\0"
                             "{\"__metadata__\":{\"made\\tby\":\"\\\"us\\\"\"},"
                             "\"w\xC3\xA9\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                             "\"data_offsets\":[0,24]},"
                             "\"one\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[24,25]},"
                             "\"no\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[25,25]}}"
                             " "
                             "\x00\x00\x80\x3F\x00\x00\x00\xC0\x00\x00\x00\x3F"
                             "\x00\x00\x40\x40\x00\x00\x80\x40\x00\x00\xA0\x40"
                             "\x2A";

static clstep_writer *declare_golden(void)
{
    static const uint64_t none[] = {0};
    clstep_writer *writer = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_add(writer, "w\xC3\xA9", "F32", 2, shape), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_set_metadata(writer, "made\tby", "\"us\""), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_add(writer, "one", "U8", 0, NULL), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_add(writer, "no", "I64", 1, none), CLSTEP_OK);
    return writer;
}

START_TEST(golden_bytes)
{
    void *bytes = NULL;
    size_t size = 0;
    clstep_writer *writer = declare_golden();
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 1, 0, 1, "\x2A"), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 16, 8, numbers + 4), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 0, 0, 16, numbers), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(writer, 2, 0, 0, NULL), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_sync(writer), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_take(writer, &bytes, &size), CLSTEP_OK);
    clstep_writer_destroy(writer);
    ck_assert_uint_eq(size, sizeof golden - 1);
    ck_assert_mem_eq(bytes, golden, size);
    clstep_store_free(bytes);
}
END_TEST

START_TEST(golden_is_read)
{
    char text[STORE_TEXT];
    clstep_safetensors *file = NULL;
    ck_assert_int_eq(clstep_safetensors_open_memory(&file, golden, sizeof golden - 1), CLSTEP_OK);
    store_describe(file, text);
    ck_assert_str_eq(text, "tensor w\xC3\xA9\ndtype F32\nshape [2,3,\n"
                           "data 0000803f000000c00000003f00004040000080400000a040\n"
                           "tensor one\ndtype U8\nshape [\ndata 2a\n"
                           "tensor no\ndtype I64\nshape [0,\ndata \n"
                           "key made\tby\ntext \"us\"\n");
    clstep_safetensors_close(file);
}
END_TEST

/* Tensors of many names, sizes and dtypes; those that are found are the ones that were written. */
START_TEST(many)
{
    enum { TENSORS = 3000 };
    void *bytes = NULL;
    size_t size = 0;
    char name[40];
    clstep_writer *writer = NULL;
    clstep_safetensors *file = NULL;
    ck_assert_int_eq(clstep_writer_create(&writer, NULL), CLSTEP_OK);
    for (uint32_t i = 0; i < TENSORS; i++) {
        const uint64_t count = i % 3;
        snprintf(name, sizeof name, "%u\x01\xE2\x82\xAC/%u", i * 7919u % 1000u, i);
        ck_assert_int_eq(clstep_writer_add(writer, name, "U32", 1, &count), CLSTEP_OK);
    }
    ck_assert_int_eq(clstep_writer_begin(writer), CLSTEP_OK);
    for (uint32_t i = 0; i < TENSORS; i++) {
        const uint32_t values[2] = {i, ~i};
        ck_assert_int_eq(clstep_writer_write(writer, i, 0, 4 * (i % 3), values), CLSTEP_OK);
    }
    ck_assert_int_eq(clstep_writer_take(writer, &bytes, &size), CLSTEP_OK);
    clstep_writer_destroy(writer);
    ck_assert_int_eq(clstep_safetensors_open_memory(&file, bytes, size), CLSTEP_OK);
    ck_assert_uint_eq(clstep_safetensors_tensor_count(file), TENSORS);
    for (uint32_t i = 0; i < TENSORS; i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        uint32_t values[2] = {i, ~i};
        snprintf(name, sizeof name, "%u\x01\xE2\x82\xAC/%u", i * 7919u % 1000u, i);
        const size_t index = clstep_safetensors_find(file, name);
        ck_assert_int_eq(clstep_safetensors_tensor_at(file, index, &tensor), CLSTEP_OK);
        ck_assert_str_eq(tensor.name, name);
        ck_assert_uint_eq(tensor.count, i % 3);
        ck_assert_int_eq(clstep_safetensors_read(file, index, 0, tensor.bytes, values), CLSTEP_OK);
        ck_assert(values[0] == i && values[1] == ~i);
    }
    ck_assert_uint_eq(clstep_safetensors_find(file, "0"), SIZE_MAX);
    clstep_safetensors_close(file);
    clstep_store_free(bytes);
}
END_TEST

START_TEST(declarations_refused)
{
    static const uint64_t wide[] = {(uint64_t)1 << 32, (uint64_t)1 << 32};
    static const uint64_t large[] = {(uint64_t)1 << 63};
    static const uint64_t half[] = {(uint64_t)1 << 60};
    static const uint64_t three[] = {3};
    const clstep_status bad = CLSTEP_INVALID_ARGUMENT;
    clstep_writer *w = NULL;
    store_failed(clstep_writer_create(NULL, "x"), bad, "writer is NULL");
    ck_assert_int_eq(clstep_writer_create(&w, NULL), CLSTEP_OK);
    store_failed(clstep_writer_add(NULL, "a", "F32", 2, shape), bad, "writer is NULL");
    store_failed(clstep_writer_add(w, NULL, "F32", 2, shape), bad, "name is NULL");
    store_failed(clstep_writer_add(w, "a", NULL, 2, shape), bad, "dtype is NULL");
    store_failed(clstep_writer_add(w, "a", "F32", 2, NULL), bad, "shape is NULL");
    store_failed(clstep_writer_add(w, "a", "float", 2, shape), bad, "dtype \"float\" is none of");
    store_failed(clstep_writer_add(w, "a\xFF", "F32", 2, shape), bad, "name \"a?\" is not UTF-8");
    store_failed(clstep_writer_add(w, "__metadata__", "F32", 2, shape), bad,
                 "which the format reserves");
    store_failed(clstep_writer_add(w, "a", "U8", 2, wide), bad, "so many elements of U8");
    store_failed(clstep_writer_add(w, "a", "U8", 1, large), bad, "shape[0] is 9223372036854775808");
    store_failed(clstep_writer_add(w, "a", "U8", 1025, shape), bad, "rank is 1025; 1024 is");
    store_failed(clstep_writer_add(w, "a", "F4", 1, three), bad, "3 elements of 4 bits, which");
    ck_assert_int_eq(clstep_writer_add(w, "a", "F32", 2, shape), CLSTEP_OK);
    store_failed(clstep_writer_add(w, "a", "U8", 0, NULL), bad, "name \"a\" has been declared");
    for (char i = 0; i < 7; i++)
        ck_assert_int_eq(clstep_writer_add(w, (char[]){'b', i + 'a', 0}, "U8", 1, half), CLSTEP_OK);
    store_failed(clstep_writer_add(w, "c", "U8", 1, half), bad, "longer than 2^63-1 bytes");
    store_failed(clstep_writer_set_metadata(NULL, "k", "v"), bad, "writer is NULL");
    store_failed(clstep_writer_set_metadata(w, NULL, "v"), bad, "key is NULL");
    store_failed(clstep_writer_set_metadata(w, "k", NULL), bad, "text is NULL");
    store_failed(clstep_writer_set_metadata(w, "\xC0\x80", "v"), bad, "key \"??\" is not UTF-8");
    store_failed(clstep_writer_set_metadata(w, "k", "\xED\xA0\x80"), bad, "text of the key \"k\"");
    ck_assert_int_eq(clstep_writer_set_metadata(w, "k", "v"), CLSTEP_OK);
    store_failed(clstep_writer_set_metadata(w, "k", "w"), bad, "key \"k\" has been declared");
    clstep_writer_destroy(w);
}
END_TEST

START_TEST(writes_refused)
{
    const clstep_status bad = CLSTEP_INVALID_ARGUMENT;
    void *bytes = (void *)shape;
    size_t size = 0;
    clstep_writer *w = store_writer(NULL);
    store_failed(clstep_writer_write(NULL, 0, 0, 4, numbers), bad, "writer is NULL");
    store_failed(clstep_writer_write(w, 0, 0, 4, numbers), bad, "call clstep_writer_begin() first");
    store_failed(clstep_writer_take(w, &bytes, &size), bad, "call clstep_writer_begin() first");
    ck_assert_ptr_null(bytes);
    store_failed(clstep_writer_begin(NULL), bad, "writer is NULL");
    ck_assert_int_eq(clstep_writer_begin(w), CLSTEP_OK);
    store_failed(clstep_writer_begin(w), bad, "declare everything before it");
    store_failed(clstep_writer_add(w, "b", "F32", 2, shape), bad, "declare everything before it");
    store_failed(clstep_writer_set_metadata(w, "b", "c"), bad, "declare everything before it");
    store_failed(clstep_writer_write(w, 1, 0, 4, numbers), bad, "the writer has 1 tensor");
    store_failed(clstep_writer_write(w, 0, 5, 4, numbers), bad, "past the end of tensor \"a\"");
    store_failed(clstep_writer_write(w, 0, 9, 0, numbers), bad, "past the end of tensor \"a\"");
    store_failed(clstep_writer_write(w, 0, 4, UINT64_MAX - 3, numbers), bad, "past the end");
    store_failed(clstep_writer_write(w, 0, 0, 4, NULL), bad, "from is NULL");
    store_failed(clstep_writer_take(w, &bytes, &size), bad, "tensor \"a\" lacks 8 bytes");
    ck_assert_int_eq(clstep_writer_write(w, 0, 0, 4, numbers), CLSTEP_OK);
    store_failed(clstep_writer_write(w, 0, 0, 8, numbers), bad,
                 "bytes 0 to 3 of tensor \"a\" have been written before");
    store_failed(clstep_writer_take(w, &bytes, &size), bad, "tensor \"a\" lacks 4 bytes");
    ck_assert_int_eq(clstep_writer_write(w, 0, 4, 4, numbers), CLSTEP_OK);
    store_failed(clstep_writer_take(w, NULL, &size), bad, "bytes is NULL");
    store_failed(clstep_writer_take(w, &bytes, NULL), bad, "size is NULL");
    store_failed(clstep_writer_commit(w), bad, "call clstep_writer_take()");
    ck_assert_int_eq(clstep_writer_take(w, &bytes, &size), CLSTEP_OK);
    clstep_store_free(bytes);
    store_failed(clstep_writer_take(w, &bytes, &size), bad, "the file is complete");
    ck_assert_ptr_null(bytes);
    store_failed(clstep_writer_commit(NULL), bad, "writer is NULL");
    store_failed(clstep_writer_sync(NULL), bad, "writer is NULL");
    clstep_writer_destroy(w);
    clstep_writer_destroy(NULL);
    clstep_store_free(NULL);
}
END_TEST

/* Of 8 bytes in any order, those that were written twice stand for no others. */
START_TEST(bytes_twice)
{
    static const uint64_t all[][2] = {{6, 1}, {1, 2}, {4, 1}, {0, 1}, {3, 1}, {7, 1}, {5, 1}};
    const clstep_status bad = CLSTEP_INVALID_ARGUMENT;
    static const unsigned char data[] = "abcdefgh";
    void *bytes = NULL;
    size_t size = 0;
    clstep_writer *w = store_writer(NULL);
    ck_assert_int_eq(clstep_writer_begin(w), CLSTEP_OK);
    ck_assert_int_eq(clstep_writer_write(w, 0, 0, 4, data), CLSTEP_OK);
    store_failed(clstep_writer_write(w, 0, 0, 4, data), bad, "bytes 0 to 3 of tensor \"a\"");
    store_failed(clstep_writer_take(w, &bytes, &size), bad, "tensor \"a\" lacks 4 bytes");
    clstep_writer_destroy(w);
    w = store_writer(NULL);
    ck_assert_int_eq(clstep_writer_begin(w), CLSTEP_OK);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        store_failed(clstep_writer_take(w, &bytes, &size), bad, "tensor \"a\" lacks ");
        ck_assert_int_eq(clstep_writer_write(w, 0, all[i][0], all[i][1], data + all[i][0]),
                         CLSTEP_OK);
        for (size_t k = 0; k <= i; k++) {
            store_failed(clstep_writer_write(w, 0, all[k][0], all[k][1], data), bad,
                         "have been written before; write each byte once");
            ck_assert_int_eq(clstep_writer_write(w, 0, all[k][0], 0, NULL), CLSTEP_OK);
        }
    }
    ck_assert_int_eq(clstep_writer_take(w, &bytes, &size), CLSTEP_OK);
    ck_assert_mem_eq((char *)bytes + size - 8, data, 8);
    clstep_store_free(bytes);
    clstep_writer_destroy(w);
}
END_TEST

START_TEST(reads_refused)
{
    const clstep_status bad = CLSTEP_INVALID_ARGUMENT;
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    clstep_safetensors *f = NULL;
    char byte;
    store_failed(clstep_safetensors_open(NULL, "x"), bad, "file is NULL");
    store_failed(clstep_safetensors_open(&f, NULL), bad, "path is NULL");
    store_failed(clstep_safetensors_open_memory(NULL, golden, 1), bad, "file is NULL");
    store_failed(clstep_safetensors_open_memory(&f, NULL, 1), bad, "bytes is NULL");
    ck_assert_int_eq(clstep_safetensors_open_memory(&f, golden, sizeof golden - 1), CLSTEP_OK);
    store_failed(clstep_safetensors_tensor_at(NULL, 0, &tensor), bad, "file is NULL");
    store_failed(clstep_safetensors_tensor_at(f, 3, &tensor), bad,
                 "index is 3, but the file has 3");
    store_failed(clstep_safetensors_tensor_at(f, 0, NULL), bad, "tensor must point to");
    tensor.size = 0;
    store_failed(clstep_safetensors_tensor_at(f, 0, &tensor), bad,
                 "CLSTEP_SAFETENSORS_TENSOR_INIT");
    store_failed(clstep_safetensors_read(NULL, 0, 0, 1, &byte), bad, "file is NULL");
    store_failed(clstep_safetensors_read(f, SIZE_MAX, 0, 1, &byte), bad, "the file has 3 tensors");
    store_failed(clstep_safetensors_read(f, 1, 0, 1, NULL), bad, "to is NULL");
    store_failed(clstep_safetensors_read(f, 1, 0, 2, &byte), bad, "past the end of tensor \"one\"");
    store_failed(clstep_safetensors_read(f, 1, 2, 0, &byte), bad, "past the end of tensor \"one\"");
    store_failed(clstep_safetensors_read(f, 0, 8, UINT64_MAX - 7, &byte), bad,
                 "past the end of tensor");
    ck_assert_int_eq(clstep_safetensors_read(f, 1, 1, 0, NULL), CLSTEP_OK);
    ck_assert_uint_eq(clstep_safetensors_tensor_count(NULL), 0);
    ck_assert_uint_eq(clstep_safetensors_find(NULL, "one"), SIZE_MAX);
    ck_assert_uint_eq(clstep_safetensors_find(f, NULL), SIZE_MAX);
    ck_assert_ptr_null(clstep_safetensors_metadata(f, NULL));
    ck_assert_ptr_null(clstep_safetensors_metadata(f, "made"));
    ck_assert_ptr_null(clstep_safetensors_metadata(NULL, "made\tby"));
    ck_assert_ptr_null(clstep_safetensors_metadata_key(f, 1));
    ck_assert_ptr_null(clstep_safetensors_metadata_key(NULL, 0));
    clstep_safetensors_close(f);
    clstep_safetensors_close(NULL);
}
END_TEST

Suite *store_writer_suite(void)
{
    Suite *suite = suite_create("store_writer");
    TCase *tests = tcase_create("store_writer");
    tcase_add_test(tests, golden_bytes);
    tcase_add_test(tests, golden_is_read);
    tcase_add_test(tests, many);
    tcase_add_test(tests, declarations_refused);
    tcase_add_test(tests, writes_refused);
    tcase_add_test(tests, bytes_twice);
    tcase_add_test(tests, reads_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
