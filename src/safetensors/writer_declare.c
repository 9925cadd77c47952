/* The declarations of a writer: tensors and metadata, and the header made from them. */
#include "safetensors/writer_declare.h"
#include "base/memory.h"
#include "base/text.h"
#include "safetensors/dtype.h"
#include "safetensors/error.h"
#include "safetensors/grow.h"
#include "safetensors/text.h"

#include <inttypes.h>
#include <string.h>

enum { LENGTH_BYTES = 8, ALIGNMENT = 8, RANK_MOST = 1024 };

static const char metadata_key[] = "__metadata__";

clstep_status clstep__writer_check(const char *call, const clstep_writer *writer,
                                   clstep__writer_phase wanted)
{
    static const char *const messages[] = {
        [CLSTEP__DECLARING] = "call clstep_writer_begin() first",
        [CLSTEP__WRITING] = "clstep_writer_begin() has been called; declare everything before it",
        [CLSTEP__COMPLETE] = "the file is complete; create another writer",
        [CLSTEP__BROKEN] = "an earlier call has failed; destroy the writer and begin again",
    };
    if (!writer)
        return clstep__store_null(call, "writer");
    if (writer->phase == wanted)
        return CLSTEP_OK;
    return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call, "%s", messages[writer->phase]);
}

/* Checks a name or key for a new member of `object`. */
static clstep_status check_name(const char *call, const char *argument, const char *name,
                                const json_t *object)
{
    if (!clstep__is_utf8(name))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call, "%s \"%s\" is not UTF-8", argument,
                                  clstep__show(name).text);
    if (json_object_get(object, name))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "%s \"%s\" has been declared before", argument,
                                  clstep__show(name).text);
    return CLSTEP_OK;
}

static clstep_status check_shape(const char *call, const char *dtype, size_t rank,
                                 const uint64_t *shape, uint64_t *bytes)
{
    uint64_t count = 0;
    bool partial_byte = false;
    const clstep__dtype *known = clstep__dtype_find(dtype);
    if (!known)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "dtype \"%s\" is none of the format's, such as F32, BF16 or I64",
                                  clstep__show(dtype).text);
    if (rank > RANK_MOST)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call, "rank is %zu; %d is the most",
                                  rank, RANK_MOST);
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] > INT64_MAX)
            return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                      "shape[%zu] is %" PRIu64 "; 2^63-1 is the most", i, shape[i]);
    }
    if (!clstep__shape_size(known, rank, shape, &count, bytes, &partial_byte))
        return clstep__store_fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "shape has so many elements of %s that their bits cannot be counted in 64 bits",
            known->name);
    if (partial_byte)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "shape has %" PRIu64 " element%s of %u bits, which fill no whole "
                                  "bytes; the format needs that",
                                  count, clstep__plural(count), known->bits);
    return CLSTEP_OK;
}

static bool put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new_nocheck(object, key, value) == 0;
}

/* NULL if the host is out of memory, as below. */
static json_t *numbers_to_json(size_t count, const uint64_t *numbers)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)numbers[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *entry_of(const char *dtype, size_t rank, const uint64_t *shape,
                        const uint64_t offsets[2])
{
    json_t *entry = json_object();
    if (put(entry, "dtype", json_string(dtype)) &&
        put(entry, "shape", numbers_to_json(rank, shape)) &&
        put(entry, "data_offsets", numbers_to_json(2, offsets)))
        return entry;
    json_decref(entry);
    return NULL;
}

static clstep_status add(clstep_writer *writer, const char *call, const char *name,
                         const char *dtype, size_t rank, const uint64_t *shape, uint64_t bytes)
{
    clstep__part *parts =
        clstep__grown(writer->parts, &writer->part_room, writer->part_count, sizeof *parts);
    if (!parts)
        return clstep__store_no_memory(call);
    writer->parts = parts;
    const uint64_t offsets[2] = {writer->data_size, writer->data_size + bytes};
    if (!put(writer->tensors, name, entry_of(dtype, rank, shape, offsets)))
        return clstep__store_no_memory(call);
    writer->parts[writer->part_count++] = (clstep__part){
        .name = json_object_iter_key(json_object_iter_at(writer->tensors, name)),
        .begin = offsets[0],
        .bytes = bytes,
    };
    writer->data_size = offsets[1];
    return CLSTEP_OK;
}

clstep_status clstep_writer_add(clstep_writer *writer, const char *name, const char *dtype,
                                size_t rank, const uint64_t *shape)
{
    static const char call[] = "clstep_writer_add";
    uint64_t bytes = 0;
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__DECLARING);
    if (status != CLSTEP_OK)
        return status;
    if (!name || !dtype || (!shape && rank > 0))
        return clstep__store_null(call, !name ? "name" : !dtype ? "dtype" : "shape");
    if (strcmp(name, metadata_key) == 0)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "name is \"__metadata__\", which the format reserves");
    status = check_name(call, "name", name, writer->tensors);
    if (status == CLSTEP_OK)
        status = check_shape(call, dtype, rank, shape, &bytes);
    if (status != CLSTEP_OK)
        return status;
    if (bytes > INT64_MAX - writer->data_size)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "shape makes the file longer than 2^63-1 bytes");
    return add(writer, call, name, dtype, rank, shape, bytes);
}

clstep_status clstep_writer_set_metadata(clstep_writer *writer, const char *key, const char *text)
{
    static const char call[] = "clstep_writer_set_metadata";
    clstep_status status = clstep__writer_check(call, writer, CLSTEP__DECLARING);
    if (status != CLSTEP_OK)
        return status;
    if (!key || !text)
        return clstep__store_null(call, !key ? "key" : "text");
    status = check_name(call, "key", key, writer->metadata);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__is_utf8(text))
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "text of the key \"%s\" is not UTF-8", clstep__show(key).text);
    return put(writer->metadata, key, json_string_nocheck(text)) ? CLSTEP_OK
                                                                 : clstep__store_no_memory(call);
}

/* The header: its length, then the JSON. NULL if the host is out of memory or `length` is too
 * large.
 */
static char *print(const json_t *json, size_t *length)
{
    const size_t bare = json_dumpb(json, NULL, 0, JSON_COMPACT);
    *length = (bare + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bare == 0 || *length > CLSTEP__HEADER_MOST)
        return NULL;
    char *bytes = clstep__allocate(LENGTH_BYTES + *length, 1);
    if (!bytes)
        return NULL;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        bytes[i] = (char)(unsigned char)((uint64_t)*length >> 8 * i);
    memset(bytes + LENGTH_BYTES, ' ', *length);
    if (json_dumpb(json, bytes + LENGTH_BYTES, *length, JSON_COMPACT) == bare)
        return bytes;
    clstep__free(bytes);
    return NULL;
}

clstep_status clstep__writer_header(const clstep_writer *writer, const char *call, char **bytes,
                                    size_t *size)
{
    size_t length = 0;
    *bytes = NULL;
    json_t *whole = json_object();
    if (whole &&
        (json_object_size(writer->metadata) == 0 ||
         json_object_set_nocheck(whole, metadata_key, writer->metadata) == 0) &&
        json_object_update(whole, writer->tensors) == 0)
        *bytes = print(whole, &length);
    json_decref(whole);
    if (length > CLSTEP__HEADER_MOST)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, call,
                                  "the header would have %zu bytes; the format's limit is %u: "
                                  "declare fewer tensors, or less metadata",
                                  length, CLSTEP__HEADER_MOST);
    *size = LENGTH_BYTES + length;
    return *bytes ? CLSTEP_OK : clstep__store_no_memory(call);
}
