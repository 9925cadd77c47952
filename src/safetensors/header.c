/* Reads a header and checks it: that the tensors fill the data without gaps and overlaps, and that
 * names occur once. entry.c reads the entries. */
#include "safetensors/header.h"

#include "base/memory.h"
#include "base/text.h"
#include "safetensors/entry.h"
#include "safetensors/error.h"
#include "safetensors/grow.h"
#include "safetensors/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *call;
    clstep__json json;
    clstep__header *header;
    bool with_metadata;
} reading;

/* The free part of `strings`. It always has room for the next text: with its quotes, a text takes
 * more bytes in the header than here. */
static char *scratch(const reading *read)
{
    return read->header->strings + read->header->strings_used;
}

static clstep_status read_text(reading *read, const char **text)
{
    size_t length = 0;
    *text = scratch(read);
    if (!clstep__json_text(&read->json, scratch(read), &length))
        return clstep__json_failed(&read->json, read->call);
    read->header->strings_used += length + 1;
    return CLSTEP_OK;
}

/* Reads a member's key, and the ':' after it. */
static clstep_status read_key(reading *read, const char **key)
{
    clstep_status status = read_text(read, key);
    if (status == CLSTEP_OK && !clstep__json_take(&read->json, ':'))
        status = clstep__json_failed(&read->json, read->call);
    return status;
}

static clstep_status read_pair(reading *read)
{
    clstep__header *header = read->header;
    clstep__pair pair = {0};
    clstep_status status = read_key(read, &pair.key);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__json_peek(&read->json, '"'))
        return clstep__store_damaged(read->call, "the entry \"%s\" of __metadata__ is no text",
                                     clstep__show(pair.key).text);
    status = read_text(read, &pair.text);
    if (status != CLSTEP_OK)
        return status;
    clstep__pair *metadata = clstep__grown(header->metadata, &header->metadata_room,
                                           header->metadata_count, sizeof pair);
    if (!metadata)
        return clstep__store_no_memory(read->call);
    header->metadata = metadata;
    header->metadata[header->metadata_count++] = pair;
    return CLSTEP_OK;
}

/* Reads an object; `member` reads each member. */
static clstep_status read_object(reading *read, clstep_status (*member)(reading *))
{
    if (!clstep__json_take(&read->json, '{'))
        return clstep__json_failed(&read->json, read->call);
    if (clstep__json_take(&read->json, '}'))
        return CLSTEP_OK;
    do {
        clstep_status status = member(read);
        if (status != CLSTEP_OK)
            return status;
    } while (clstep__json_take(&read->json, ','));
    return clstep__json_take(&read->json, '}') ? CLSTEP_OK
                                               : clstep__json_failed(&read->json, read->call);
}

static clstep_status read_metadata(reading *read)
{
    if (read->with_metadata)
        return clstep__store_damaged(read->call, "the header has __metadata__ twice");
    read->with_metadata = true;
    if (clstep__json_word(&read->json, "null")) /* no metadata, as in the format's own library */
        return CLSTEP_OK;
    if (!clstep__json_peek(&read->json, '{'))
        return clstep__store_damaged(read->call, "__metadata__ is no object of texts");
    return read_object(read, read_pair);
}

static clstep_status read_tensor(reading *read, const char *name)
{
    clstep__header *header = read->header;
    clstep__entry *tensors =
        clstep__grown(header->tensors, &header->tensor_room, header->tensor_count, sizeof *tensors);
    if (!tensors)
        return clstep__store_no_memory(read->call);
    header->tensors = tensors;
    clstep__entry *entry = &header->tensors[header->tensor_count++];
    *entry = (clstep__entry){.name = name};
    return clstep__entry_read(read->call, &read->json, scratch(read), entry);
}

static clstep_status read_member(reading *read)
{
    const char *name = NULL;
    clstep_status status = read_key(read, &name);
    if (status != CLSTEP_OK)
        return status;
    return strcmp(name, "__metadata__") == 0 ? read_metadata(read) : read_tensor(read, name);
}

static int compare(const void *a, const void *b)
{
    const clstep__entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

static clstep_status check_layout(const clstep__header *header, const char *call,
                                  uint64_t data_size)
{
    uint64_t at = 0;
    for (size_t i = 0; i < header->tensor_count; i++) {
        const clstep__entry *entry = &header->tensors[i];
        if (entry->begin < at)
            return clstep__store_damaged(call, "tensor \"%s\" overlaps the one before it",
                                         clstep__show(entry->name).text);
        if (entry->begin > at)
            return clstep__store_damaged(
                call, "there is a hole of %" PRIu64 " byte%s before tensor \"%s\"",
                entry->begin - at, clstep__plural(entry->begin - at),
                clstep__show(entry->name).text);
        at = entry->end;
    }
    if (at == data_size)
        return CLSTEP_OK;
    return clstep__store_damaged(call,
                                 "the tensors have %" PRIu64
                                 " byte%s of data, but the file has %" PRIu64 " behind its header",
                                 at, clstep__plural(at), data_size);
}

static clstep_status index_names(clstep__header *header, const char *call)
{
    const char *twice = NULL;
    header->tensor_names = clstep__allocate(header->tensor_count, sizeof *header->tensor_names);
    header->metadata_names =
        clstep__allocate(header->metadata_count, sizeof *header->metadata_names);
    if (!header->tensor_names || !header->metadata_names)
        return clstep__store_no_memory(call);
    for (size_t i = 0; i < header->tensor_count; i++)
        header->tensor_names[i] = (clstep__name){header->tensors[i].name, i};
    for (size_t i = 0; i < header->metadata_count; i++)
        header->metadata_names[i] = (clstep__name){header->metadata[i].key, i};
    twice = clstep__names_sort(header->tensor_names, header->tensor_count);
    if (twice)
        return clstep__store_damaged(call, "there are two tensors \"%s\"",
                                     clstep__show(twice).text);
    twice = clstep__names_sort(header->metadata_names, header->metadata_count);
    if (twice)
        return clstep__store_damaged(call, "__metadata__ has the key \"%s\" twice",
                                     clstep__show(twice).text);
    return CLSTEP_OK;
}

clstep_status clstep__header_read(clstep__header *header, const char *call, const char *bytes,
                                  size_t length, uint64_t data_size)
{
    if (length == 0 || bytes[0] != '{')
        return clstep__store_damaged(call, "the header does not begin with '{'");
    header->strings = clstep__allocate(length, 1);
    if (!header->strings)
        return clstep__store_no_memory(call);
    reading read = {call, {bytes, bytes, bytes + length, NULL}, header, false};
    clstep_status status = read_object(&read, read_member);
    if (status == CLSTEP_OK && !clstep__json_ends(&read.json)) /* padding is white space */
        status = clstep__json_failed(&read.json, call);
    if (status != CLSTEP_OK)
        return status;
    if (header->tensor_count)
        qsort(header->tensors, header->tensor_count, sizeof *header->tensors, compare);
    status = index_names(header, call); /* before the layout: a tensor that occurs twice overlaps */
    return status == CLSTEP_OK ? check_layout(header, call, data_size) : status;
}

void clstep__header_free(clstep__header *header)
{
    for (size_t i = 0; i < header->tensor_count; i++)
        clstep__free(header->tensors[i].shape);
    clstep__free(header->tensors);
    clstep__free(header->tensor_names);
    clstep__free(header->metadata);
    clstep__free(header->metadata_names);
    clstep__free(header->strings);
    *header = (clstep__header){0};
}
