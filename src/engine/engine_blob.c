/* The public calls for blobs and counts. */
#include "base/error.h"
#include "base/sized.h"
#include "engine/binary.h"
#include "engine/engine.h"
#include "engine/identity.h"

#include <string.h>

static clstep_status check(const char *call, const clstep_engine *engine)
{
    if (!engine)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "engine is NULL");
    /* in a forked child a thread that does not exist there may hold the lock */
    if (!clstep__process_is_ours(&engine->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call, "the engine was made before fork()");
    return CLSTEP_OK;
}

/* ---- in */

static clstep_status set_blob(const char *call, clstep_engine *engine, const void *bytes,
                              size_t size)
{
    unsigned char identity[CLSTEP__SHA256_SIZE];
    if (engine->blob.bytes)
        return clstep__fail(
            CLSTEP_INVALID_ARGUMENT, call,
            "the engine has a blob already; give it one blob, before its first optimizer");
    clstep_status status = clstep__identity_of(call, engine->device, identity);
    if (status == CLSTEP_OK)
        status = clstep__blob_read(call, bytes, size, identity, &engine->blob);
    engine->counts.refused += status == CLSTEP_INVALID_FILE || status == CLSTEP_UNSUPPORTED;
    return status;
}

clstep_status clstep_engine_set_blob(clstep_engine *engine, const void *bytes, size_t size)
{
    static const char call[] = "clstep_engine_set_blob";
    clstep_status status = check(call, engine);
    if (status == CLSTEP_OK && !bytes)
        status = clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "bytes is NULL");
    if (status != CLSTEP_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    status = set_blob(call, engine, bytes, size);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

/* ---- out */

/* Copies the entries of the blob that was set. PoCL 3.1 crashes if it is asked for the binary of a
 * program that was made from a binary. */
static void add_loaded(const clstep_engine *engine, clstep__text *into)
{
    for (size_t i = 0; i < engine->blob.count; i++) {
        if (!engine->blob.entries[i].refused)
            clstep__blob_add(into, &engine->blob.entries[i]);
    }
}

static clstep_status add_compiled(const char *call, const clstep_engine *engine, clstep__text *into)
{
    for (const clstep__program *of = engine->programs; of; of = of->next) {
        clstep__text binary = {0};
        if (of->loaded)
            continue;
        clstep_status status = clstep__binary_take(call, of->program, engine->device, &binary);
        if (status == CLSTEP_OK && binary.length > 0) {
            const clstep__blob_entry entry = {.options = of->options,
                                              .options_length = strlen(of->options),
                                              .binary = (const unsigned char *)binary.bytes,
                                              .size = binary.length};
            clstep__blob_add(into, &entry);
        }
        clstep__text_free(&binary);
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

static clstep_status compose(const char *call, const clstep_engine *engine, clstep__text *into)
{
    unsigned char identity[CLSTEP__SHA256_SIZE];
    clstep_status status = clstep__identity_of(call, engine->device, identity);
    if (status != CLSTEP_OK)
        return status;
    clstep__blob_begin(into, identity);
    add_loaded(engine, into);
    status = add_compiled(call, engine, into);
    clstep__blob_end(into);
    if (status == CLSTEP_OK && into->failed)
        return clstep__no_memory(call);
    return status;
}

clstep_status clstep_engine_get_blob(clstep_engine *engine, void *bytes, size_t capacity,
                                     size_t *needed)
{
    static const char call[] = "clstep_engine_get_blob";
    clstep__text blob = {0};
    clstep_status status = check(call, engine);
    if (status == CLSTEP_OK && !bytes && capacity > 0)
        status = clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                              "bytes is NULL although capacity is above 0");
    if (status != CLSTEP_OK)
        return status;
    pthread_mutex_lock(&engine->lock);
    status = compose(call, engine, &blob);
    pthread_mutex_unlock(&engine->lock);
    if (status == CLSTEP_OK && needed)
        *needed = blob.length;
    if (status == CLSTEP_OK && capacity > 0 && capacity < blob.length)
        status = clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                              "capacity is %zu, but the blob has %zu bytes; allocate that many",
                              capacity, blob.length);
    if (status == CLSTEP_OK && capacity > 0)
        memcpy(bytes, blob.bytes, blob.length);
    clstep__text_free(&blob);
    return status;
}

clstep_status clstep_engine_get_counts(clstep_engine *engine, clstep_engine_counts *counts)
{
    static const char call[] = "clstep_engine_get_counts";
    clstep_status status = check(call, engine);
    if (status != CLSTEP_OK)
        return status;
    if (!clstep__struct_fits(counts, CLSTEP__SIZES(clstep_engine_counts)))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "counts must point to a clstep_engine_counts that starts as "
                            "CLSTEP_ENGINE_COUNTS_INIT");
    pthread_mutex_lock(&engine->lock);
    clstep__struct_write(counts, &engine->counts, sizeof(clstep_engine_counts));
    pthread_mutex_unlock(&engine->lock);
    return CLSTEP_OK;
}
