/*
 * Reading and writing safetensors files. Part of store.h; needs no OpenCL.
 *
 * The format (https://github.com/huggingface/safetensors) has three parts:
 * - 8 bytes, little-endian: the length n of the header;
 * - n bytes of JSON, the header: {"name": {"dtype": "F32", "shape": [2,3],
 *   "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text", ...}};
 * - the data: the tensors, row-major, without holes or overlaps.
 */
#ifndef CLSTEP_SAFETENSORS_H
#define CLSTEP_SAFETENSORS_H

#include <clstep/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading -------------------------------------------------------------------------------- */

/* A safetensors file, open for reading. */
typedef struct clstep_safetensors clstep_safetensors;

/* A tensor in a file. Every pointer is valid until the file is closed. */
typedef struct clstep_safetensors_tensor {
    size_t size;           /* CLSTEP_SAFETENSORS_TENSOR_INIT sets it */
    const char *name;      /* UTF-8, without '\0' inside */
    const char *dtype;     /* as in the file: "F32", "BF16", "I64" ... */
    const uint64_t *shape; /* `rank` numbers; each may be 0 */
    size_t rank;           /* 0 for a single number */
    uint64_t count;        /* elements: the product of the shape; 1 if rank is 0 */
    uint64_t bytes;        /* of the data */
} clstep_safetensors_tensor;

#define CLSTEP_SAFETENSORS_TENSOR_INIT CLSTEP_SIZED(clstep_safetensors_tensor)

/* Opens a file and checks its whole header: length, UTF-8, JSON without duplicate keys, dtypes,
 * shapes and their products, and that the data have no holes, overlaps or unused bytes. The message
 * of CLSTEP_INVALID_FILE says what is wrong. CLSTEP_FILE_MISSING: there is no such file.
 * CLSTEP_FILE_FAILED: it cannot be read. On failure *file is NULL. The data are read by
 * clstep_safetensors_read() only. The file is not mapped; it stays open until
 * clstep_safetensors_close().
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE. */
CLSTEP_API clstep_status clstep_safetensors_open(clstep_safetensors **file, const char *path);

/* Opens a file in memory: `size` bytes, which must exist until the file is closed. On failure *file
 * is NULL.
 * Statuses: OUT_OF_MEMORY, INVALID_FILE. */
CLSTEP_API clstep_status clstep_safetensors_open_memory(clstep_safetensors **file,
                                                        const void *bytes, size_t size);

/* Closes a file; NULL is allowed. */
CLSTEP_API void clstep_safetensors_close(clstep_safetensors *file);

/* The number of tensors, and a tensor by its index, in the order of their data. Initialise `tensor`
 * with CLSTEP_SAFETENSORS_TENSOR_INIT.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API size_t clstep_safetensors_tensor_count(const clstep_safetensors *file);
CLSTEP_API clstep_status clstep_safetensors_tensor_at(const clstep_safetensors *file, size_t index,
                                                      clstep_safetensors_tensor *tensor);

/* The index of the tensor of that name, by binary search; SIZE_MAX if there is none. */
CLSTEP_API size_t clstep_safetensors_find(const clstep_safetensors *file, const char *name);

/* Reads `bytes` bytes of a tensor's data, from byte `first` on, to `to`. On failure the contents of
 * `to` are undefined.
 * Statuses: FILE_FAILED. */
CLSTEP_API clstep_status clstep_safetensors_read(const clstep_safetensors *file, size_t index,
                                                 uint64_t first, uint64_t bytes, void *to);

/* The text of a key of "__metadata__", NULL if there is none; and the key number `index`, counted
 * from 0 in the file's order, NULL past the last. Valid until the file is closed. */
CLSTEP_API const char *clstep_safetensors_metadata(const clstep_safetensors *file, const char *key);
CLSTEP_API const char *clstep_safetensors_metadata_key(const clstep_safetensors *file,
                                                       size_t index);

/* ---- writing -------------------------------------------------------------------------------- */

/* A file that is being written. Readers see the old file or the whole new one: the data go to a
 * temporary file in the same folder, ".NAME.clstep-xxxxxx", and clstep_writer_commit() puts it into
 * the place of NAME. The next writer of NAME removes temporary files that killed processes have
 * left. If a call fails with CLSTEP_FILE_FAILED, the writer is of no more use: destroy it. The old
 * file has not changed then (for an exception see clstep_writer_commit()). */
typedef struct clstep_writer clstep_writer;

/* Creates a writer. It does not touch the disk before clstep_writer_begin(). If `path` is NULL, it
 * writes to memory; use clstep_writer_take() then. On failure *writer is NULL.
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_writer_create(clstep_writer **writer, const char *path);

/* Declares a tensor; sets an entry of "__metadata__". The data will lie in the order of these
 * calls. The arguments are copied. Names and keys must be UTF-8, each used once; no tensor may be
 * called "__metadata__".
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_writer_add(clstep_writer *writer, const char *name,
                                           const char *dtype, size_t rank, const uint64_t *shape);
CLSTEP_API clstep_status clstep_writer_set_metadata(clstep_writer *writer, const char *key,
                                                    const char *text);

/* Creates the temporary file and writes the header. After it no more tensors can be declared; the
 * first that was declared has the index 0.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_begin(clstep_writer *writer);

/* Writes `bytes` bytes of the data of tensor `index`, from byte `first` on. Write in any order, and
 * each byte once.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_write(clstep_writer *writer, size_t index, uint64_t first,
                                             uint64_t bytes, const void *from);

/* Flushes the temporary file and its folder to the disk: after a loss of power the file is still
 * there. Call it if you replace several files together; otherwise clstep_writer_commit() flushes
 * what it must. CLSTEP_INVALID_ARGUMENT while bytes are missing.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_sync(clstep_writer *writer);

/* These three calls are for programs that replace several files together, without
 * clstep_writer_commit():
 * 1. Write every file, and call clstep_writer_sync() for each.
 * 2. Copy the names that clstep_writer_temporary() gives, and save them in a file, the journal. It
 *    must be on the disk before 3: write it with a clstep_writer of its own and
 *    clstep_writer_commit(), or flush it and its folder yourself.
 * 3. Call clstep_writer_keep() for every writer, then clstep_writer_complete() with the copied name
 *    for every file. If a call fails, leave the journal to the next run.
 * 4. Remove the journal.
 * If a run finds a journal, an earlier run did not finish. Call clstep_writer_complete() for every
 * file in it, then do 4. CLSTEP_FILE_MISSING means here that this file is in its place already.
 * Write none of these files anew before that: clstep_writer_begin() would remove the temporary
 * file.
 * - temporary: the name of the temporary file, without its folder. NULL before
 *   clstep_writer_begin() and for a writer to memory. Valid until the writer is kept, committed
 *   or destroyed, or until a call for it fails with CLSTEP_FILE_FAILED.
 * - keep: ends the writing. clstep_writer_destroy() then leaves the temporary file in its folder.
 * - complete: puts such a file into the place of `path`, in this process or in another.
 *   CLSTEP_FILE_MISSING: there is no such temporary file, or no longer. CLSTEP_FILE_FAILED: the
 *   system fails, or a writer that was not kept still has the file open. If only flushing the
 *   folder fails, the file is in its place, as with clstep_writer_commit().
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED. */
CLSTEP_API const char *clstep_writer_temporary(const clstep_writer *writer);
CLSTEP_API void clstep_writer_keep(clstep_writer *writer);
CLSTEP_API clstep_status clstep_writer_complete(const char *path, const char *temporary);

/* Finishes a file: flushes the temporary file to the disk, renames it to the target, and flushes
 * the folder. Then destroy the writer. CLSTEP_INVALID_ARGUMENT while bytes are missing. On failure
 * the target has not changed, with one exception: if the folder cannot be flushed, the new file is
 * in its place but a loss of power may undo that; the message says so. The new file takes over the
 * old one's permissions, and its owner and group if the process may set them. A symbolic link is
 * followed. Other hard links keep the old file.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_commit(clstep_writer *writer);

/* Finishes a file in memory. Free *bytes with clstep_store_free(), and destroy the writer.
 * CLSTEP_INVALID_ARGUMENT while bytes are missing. On failure *bytes is NULL, and *size does not
 * change.
 * Statuses: INVALID_ARGUMENT only. */
CLSTEP_API clstep_status clstep_writer_take(clstep_writer *writer, void **bytes, size_t *size);

/* Destroys a writer; NULL is allowed. Removes the temporary file if it was neither committed
 * nor kept. */
CLSTEP_API void clstep_writer_destroy(clstep_writer *writer);

/* Frees the bytes of clstep_writer_take() and clstep_checkpoint_save_memory(); NULL is allowed. */
CLSTEP_API void clstep_store_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
