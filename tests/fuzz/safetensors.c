/*
 * libFuzzer: whatever the bytes, a file is refused or read, and then it holds together: its tensors
 * cover its data, jansson reads its header too, and what is written of it again reads the same.
 *
 * An input that begins with 'H' is a header up to a '\0' and the data behind it, so that the fuzzer
 * need not guess the length in front; any other is a file as it is.
 */
#include <clstep/store.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Of the input, a copy without a byte to spare. */
static uint8_t *file_of(const uint8_t *input, size_t *size)
{
    const int by_header = *size > 0 && input[0] == 'H';
    const uint8_t *begin = input + by_header;
    const size_t length = *size - (size_t)by_header;
    const uint8_t *end = by_header && length ? memchr(begin, '\0', length) : NULL;
    const size_t header = end ? (size_t)(end - begin) : length;
    const size_t data = end ? length - header - 1 : 0;
    *size = by_header ? 8 + header + data : length;
    uint8_t *file = malloc(*size ? *size : 1);
    MUST(file);
    if (by_header) {
        for (int i = 0; i < 8; i++)
            file[i] = (uint8_t)((uint64_t)header >> 8 * i);
        memcpy(file + 8, begin, header);
        memcpy(file + 8 + header, begin + header + (end != NULL), data);
    } else if (length) {
        memcpy(file, begin, length);
    }
    return file;
}

static void check_json(const uint8_t *file)
{
    size_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | file[i];
    json_error_t error = {0};
    json_t *json = json_loadb((const char *)file + 8, length, JSON_REJECT_DUPLICATES, &error);
    /* it has no numbers from 2^63 on; there may be some in the shape of an empty tensor */
    MUST(json || json_error_code(&error) == json_error_numeric_overflow);
    json_decref(json);
}

static clstep_safetensors_tensor tensor_of(const clstep_safetensors *file, size_t index)
{
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    MUST(clstep_safetensors_tensor_at(file, index, &tensor) == CLSTEP_OK);
    return tensor;
}

/* The data of a tensor, which are the bytes of the file from *at on. */
static void check_data(const clstep_safetensors *file, size_t index, const uint8_t *data,
                       uint64_t *at)
{
    const clstep_safetensors_tensor tensor = tensor_of(file, index);
    uint8_t *bytes = malloc(tensor.bytes ? tensor.bytes : 1);
    MUST(bytes);
    MUST(clstep_safetensors_read(file, index, 0, tensor.bytes, bytes) == CLSTEP_OK);
    MUST(memcmp(bytes, data + *at, tensor.bytes) == 0);
    MUST(clstep_safetensors_read(file, index, tensor.bytes, 1, bytes) == CLSTEP_INVALID_ARGUMENT);
    MUST(clstep_safetensors_find(file, tensor.name) == index);
    *at += tensor.bytes;
    free(bytes);
}

static void check_same(const clstep_safetensors *a, const clstep_safetensors *b)
{
    const char *key;
    MUST(clstep_safetensors_tensor_count(a) == clstep_safetensors_tensor_count(b));
    for (size_t i = 0; i < clstep_safetensors_tensor_count(a); i++) {
        const clstep_safetensors_tensor x = tensor_of(a, i), y = tensor_of(b, i);
        MUST(strcmp(x.name, y.name) == 0 && strcmp(x.dtype, y.dtype) == 0 && x.rank == y.rank);
        MUST(x.count == y.count && x.bytes == y.bytes);
        MUST(x.rank == 0 || memcmp(x.shape, y.shape, x.rank * sizeof *x.shape) == 0);
    }
    for (size_t i = 0; (key = clstep_safetensors_metadata_key(a, i)) != NULL; i++) {
        MUST(strcmp(key, clstep_safetensors_metadata_key(b, i)) == 0);
        MUST(strcmp(clstep_safetensors_metadata(a, key), clstep_safetensors_metadata(b, key)) == 0);
    }
}

/* Whether all could be declared: the writer has limits where the format has none. */
static int declare(clstep_writer *writer, const clstep_safetensors *file)
{
    const char *key;
    for (size_t i = 0; (key = clstep_safetensors_metadata_key(file, i)) != NULL; i++)
        MUST(clstep_writer_set_metadata(writer, key, clstep_safetensors_metadata(file, key)) ==
             CLSTEP_OK);
    for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++) {
        const clstep_safetensors_tensor tensor = tensor_of(file, i);
        clstep_status status =
            clstep_writer_add(writer, tensor.name, tensor.dtype, tensor.rank, tensor.shape);
        MUST(status == CLSTEP_OK || status == CLSTEP_INVALID_ARGUMENT);
        if (status != CLSTEP_OK)
            return 0;
    }
    return 1;
}

static void check_written(const clstep_safetensors *file, const uint8_t *data)
{
    void *bytes = NULL;
    size_t size = 0;
    clstep_safetensors *again = NULL;
    clstep_writer *writer = NULL;
    MUST(clstep_writer_create(&writer, NULL) == CLSTEP_OK);
    if (declare(writer, file)) {
        MUST(clstep_writer_begin(writer) == CLSTEP_OK);
        for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++) {
            const uint64_t length = tensor_of(file, i).bytes;
            MUST(clstep_writer_write(writer, i, 0, length, data) == CLSTEP_OK);
            data += length;
        }
        MUST(clstep_writer_take(writer, &bytes, &size) == CLSTEP_OK);
        MUST(clstep_safetensors_open_memory(&again, bytes, size) == CLSTEP_OK);
        check_same(file, again);
        clstep_safetensors_close(again);
        clstep_store_free(bytes);
    }
    clstep_writer_destroy(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    clstep_safetensors *file = NULL;
    uint8_t *bytes = file_of(input, &size);
    clstep_status status = clstep_safetensors_open_memory(&file, bytes, size);
    MUST(status == (file ? CLSTEP_OK : CLSTEP_INVALID_FILE));
    if (file) {
        uint64_t at = 0;
        uint64_t data = 0;
        for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++)
            data += tensor_of(file, i).bytes;
        MUST(data <= size - 8);
        for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++)
            check_data(file, i, bytes + size - data, &at);
        check_json(bytes);
        check_written(file, bytes + size - data);
        clstep_safetensors_close(file);
    }
    free(bytes);
    return 0;
}
