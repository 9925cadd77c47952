/* Reads and checks the entry of one tensor. header.c checks the tensors against each other. */
#include "safetensors/entry.h"

#include "base/text.h"
#include "safetensors/dtype.h"
#include "safetensors/error.h"
#include "safetensors/grow.h"
#include "safetensors/text.h"

#include <inttypes.h>
#include <string.h>

/* The keys of an entry. Each must occur once. */
enum { DTYPE, SHAPE, OFFSETS, KEYS };
static const char *const keys[KEYS] = {"dtype", "shape", "data_offsets"};

typedef struct {
    const char *call;
    clstep__json *json;
    char *scratch;
    clstep__entry *entry;
    const clstep__dtype *dtype;
    bool seen[KEYS];
} reading;

/* Records which rule of the format a tensor breaks. */
#define BROKEN(read, format, ...)                                                                  \
    clstep__store_damaged((read)->call, "tensor \"%s\" " format,                                   \
                          clstep__show((read)->entry->name).text, __VA_ARGS__)

static clstep_status read_dtype(reading *read)
{
    size_t length = 0;
    if (!clstep__json_text(read->json, read->scratch, &length))
        return BROKEN(read, "has a %s that is no text", keys[DTYPE]);
    read->dtype = clstep__dtype_find(read->scratch);
    if (!read->dtype)
        return BROKEN(read, "has dtype \"%s\", which the format does not know",
                      clstep__show(read->scratch).text);
    read->entry->dtype = read->dtype->name;
    return CLSTEP_OK;
}

static clstep_status add_extent(reading *read, size_t *room)
{
    uint64_t extent = 0;
    if (!clstep__json_number(read->json, &extent))
        return BROKEN(read, "has a %s that is no array of whole numbers from 0 on", keys[SHAPE]);
    uint64_t *shape =
        clstep__grown(read->entry->shape, room, read->entry->rank, sizeof *read->entry->shape);
    if (!shape)
        return clstep__store_no_memory(read->call);
    read->entry->shape = shape;
    read->entry->shape[read->entry->rank++] = extent;
    return CLSTEP_OK;
}

static clstep_status read_shape(reading *read)
{
    size_t room = 0;
    if (!clstep__json_take(read->json, '['))
        return BROKEN(read, "has a %s that is no array of whole numbers from 0 on", keys[SHAPE]);
    if (clstep__json_take(read->json, ']'))
        return CLSTEP_OK;
    do {
        clstep_status status = add_extent(read, &room);
        if (status != CLSTEP_OK)
            return status;
    } while (clstep__json_take(read->json, ','));
    if (clstep__json_take(read->json, ']'))
        return CLSTEP_OK;
    return BROKEN(read, "has a %s that is no array of whole numbers from 0 on", keys[SHAPE]);
}

static clstep_status read_offsets(reading *read)
{
    clstep__entry *entry = read->entry;
    if (!clstep__json_take(read->json, '[') || !clstep__json_number(read->json, &entry->begin) ||
        !clstep__json_take(read->json, ',') || !clstep__json_number(read->json, &entry->end) ||
        !clstep__json_take(read->json, ']'))
        return BROKEN(read, "has %s that are not two whole numbers from 0 on", keys[OFFSETS]);
    if (entry->begin > entry->end)
        return BROKEN(read, "has data_offsets that begin at %" PRIu64 ", behind their end %" PRIu64,
                      entry->begin, entry->end);
    return CLSTEP_OK;
}

static clstep_status read_member(reading *read)
{
    static clstep_status (*const read_value[KEYS])(reading *) = {read_dtype, read_shape,
                                                                 read_offsets};
    size_t length = 0, key = 0;
    if (!clstep__json_text(read->json, read->scratch, &length))
        return clstep__json_failed(read->json, read->call);
    while (key < KEYS && strcmp(keys[key], read->scratch) != 0)
        key++;
    if (key == KEYS)
        return BROKEN(read, "has the key \"%s\" besides dtype, shape and data_offsets",
                      clstep__show(read->scratch).text);
    if (read->seen[key])
        return BROKEN(read, "has %s twice", keys[key]);
    read->seen[key] = true;
    if (!clstep__json_take(read->json, ':'))
        return clstep__json_failed(read->json, read->call);
    return read_value[key](read);
}

static clstep_status check_size(const reading *read)
{
    clstep__entry *entry = read->entry;
    uint64_t bytes = 0;
    bool partial_byte = false;
    for (size_t key = 0; key < KEYS; key++) {
        if (!read->seen[key])
            return BROKEN(read, "has no %s", keys[key]);
    }
    if (!clstep__shape_size(read->dtype, entry->rank, entry->shape, &entry->count, &bytes,
                            &partial_byte))
        return BROKEN(read,
                      "has a %s of so many elements that their bits cannot be counted in 64 bits",
                      keys[SHAPE]);
    if (partial_byte)
        return BROKEN(read, "has %" PRIu64 " element%s of %u bits, which fill no whole bytes",
                      entry->count, clstep__plural(entry->count), read->dtype->bits);
    if (entry->end - entry->begin != bytes)
        return BROKEN(read,
                      "has %" PRIu64 " byte%s by its data_offsets, but %" PRIu64
                      " by its shape and dtype",
                      entry->end - entry->begin, clstep__plural(entry->end - entry->begin), bytes);
    return CLSTEP_OK;
}

clstep_status clstep__entry_read(const char *call, clstep__json *json, char *scratch,
                                 clstep__entry *entry)
{
    reading read = {.call = call, .json = json, .scratch = scratch, .entry = entry};
    if (!clstep__json_take(json, '{'))
        return BROKEN(&read, "is no object with %s, shape and data_offsets", keys[DTYPE]);
    if (!clstep__json_take(json, '}')) {
        do {
            clstep_status status = read_member(&read);
            if (status != CLSTEP_OK)
                return status;
        } while (clstep__json_take(json, ','));
        if (!clstep__json_take(json, '}'))
            return clstep__json_failed(json, call);
    }
    return check_size(&read);
}
