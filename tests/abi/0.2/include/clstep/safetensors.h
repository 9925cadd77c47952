/*
 * Reading and writing safetensors files. Part of store.h; needs no OpenCL.
 *
 * The format (https://github.com/huggingface/safetensors): 8 bytes, little-endian: the length n of
 * the header; n bytes of JSON: {"name": {"dtype": "F32", "shape": [2,3], "data_offsets": [begin,
 * end]}, ..., "__metadata__": {"key": "text", ...}}; then the data, dense and row-major, in which
 * the tensors lie without holes or overlaps.
 */
#ifndef CLSTEP_SAFETENSORS_H
#define CLSTEP_SAFETENSORS_H

#include <clstep/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading -------------------------------------------------------------------------------- */

/* A safetensors file that is open for reading. */
typedef struct clstep_safetensors clstep_safetensors;

/* A tensor in a file. Every pointer is valid until the file is closed. */
typedef struct clstep_safetensors_tensor {
    size_t size;       /* sizeof(clstep_safetensors_tensor), by CLSTEP_SAFETENSORS_TENSOR_INIT */
    const char *name;  /* UTF-8, without '\0' inside */
    const char *dtype; /* as in the file: "F32", "BF16", "I64" ... */
    const uint64_t *shape; /* `rank` extents; any may be 0 */
    size_t rank;           /* 0 for a single number */
    uint64_t count;        /* elements: the product of the shape, 1 for rank 0 */
    uint64_t bytes;        /* of the data */
} clstep_safetensors_tensor;

#define CLSTEP_SAFETENSORS_TENSOR_INIT CLSTEP_SIZED(clstep_safetensors_tensor)

/* Opens a file and checks its whole header before anything is used: length, UTF-8, JSON without
 * duplicate keys, dtypes, shapes and their products, offsets without holes, overlaps or bytes that
 * belong to no tensor. A file that breaks a rule is CLSTEP_INVALID_FILE, and the message says
 * which; one that is not there is CLSTEP_FILE_MISSING, one that cannot be read CLSTEP_FILE_FAILED.
 * On failure *file is NULL. The file is kept open, and never mapped: tensors are read when asked
 * for.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED, INVALID_FILE. */
CLSTEP_API clstep_status clstep_safetensors_open(clstep_safetensors **file, const char *path);

/* The same from `size` bytes in memory, which are borrowed until the file is closed.
 * Statuses: OUT_OF_MEMORY, INVALID_FILE. */
CLSTEP_API clstep_status clstep_safetensors_open_memory(clstep_safetensors **file,
                                                        const void *bytes, size_t size);

/* Accepts NULL. */
CLSTEP_API void clstep_safetensors_close(clstep_safetensors *file);

/* The number of tensors, and the one of an index, in the order of their data.
 * Statuses: no others. */
CLSTEP_API size_t clstep_safetensors_tensor_count(const clstep_safetensors *file);
CLSTEP_API clstep_status clstep_safetensors_tensor_at(const clstep_safetensors *file, size_t index,
                                                      clstep_safetensors_tensor *tensor);

/* The index of a name, which is found in the time of a binary search; SIZE_MAX where there is none.
 */
CLSTEP_API size_t clstep_safetensors_find(const clstep_safetensors *file, const char *name);

/* Reads `bytes` bytes of a tensor's data from byte `first` on. On failure the contents of `to` are
 * undefined.
 * Statuses: FILE_FAILED. */
CLSTEP_API clstep_status clstep_safetensors_read(const clstep_safetensors *file, size_t index,
                                                 uint64_t first, uint64_t bytes, void *to);

/* The text of a key of "__metadata__", NULL where there is none; and the key of an index from 0 in
 * the file's order, NULL past the last. Valid until the file is closed. */
CLSTEP_API const char *clstep_safetensors_metadata(const clstep_safetensors *file, const char *key);
CLSTEP_API const char *clstep_safetensors_metadata_key(const clstep_safetensors *file,
                                                       size_t index);

/* ---- writing -------------------------------------------------------------------------------- */

/* A file that is being written. It appears under its name as a whole or not at all: the data go to
 * a temporary file in the same folder, ".NAME.clstep-xxxxxx"; clstep_writer_commit() makes that
 * durable and puts it in the place of what was there. Temporary files that killed processes have
 * left behind are removed by the next writer of NAME. */
typedef struct clstep_writer clstep_writer;

/* Begins a file. `path` NULL writes to memory instead, for clstep_writer_take(). Nothing is touched
 * before clstep_writer_begin().
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_writer_create(clstep_writer **writer, const char *path);

/* Declares a tensor, in the order in which their data will lie, and an entry of "__metadata__". All
 * is copied. Names and keys are UTF-8, and used once; "__metadata__" is no name.
 * Statuses: OUT_OF_MEMORY. */
CLSTEP_API clstep_status clstep_writer_add(clstep_writer *writer, const char *name,
                                           const char *dtype, size_t rank, const uint64_t *shape);
CLSTEP_API clstep_status clstep_writer_set_metadata(clstep_writer *writer, const char *key,
                                                    const char *text);

/* Makes the temporary file and writes the header; tensors are indexed in the order of their
 * declaration from here on.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_begin(clstep_writer *writer);

/* Writes `bytes` bytes of a tensor's data from byte `first` on, in any order, each byte once.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_write(clstep_writer *writer, size_t index, uint64_t first,
                                             uint64_t bytes, const void *from);

/* Flushes the temporary file to the disk: what remains for clstep_writer_commit() is a rename. To
 * be called where several files are to be replaced together; otherwise commit does it. Refused
 * while bytes are missing.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_sync(clstep_writer *writer);

/* For those who replace several files together, and note in a file of their own that they are about
 * to, so that whoever finds that note can finish what a killed process has begun: the name of the
 * temporary file in its folder (NULL before clstep_writer_begin() and of a writer to memory; valid
 * until the writer is destroyed or kept); leaving it where it is, instead of a commit, when the
 * writer is destroyed; and putting such a file into its place, from this process or another.
 * clstep_writer_complete() is CLSTEP_FILE_MISSING where there is no such temporary file (any more),
 * and CLSTEP_FILE_FAILED where the system fails, or a writer that is alive has it.
 * Statuses: OUT_OF_MEMORY, FILE_MISSING, FILE_FAILED. */
CLSTEP_API const char *clstep_writer_temporary(const clstep_writer *writer);
CLSTEP_API void clstep_writer_keep(clstep_writer *writer);
CLSTEP_API clstep_status clstep_writer_complete(const char *path, const char *temporary);

/* fsync, rename over the target, fsync of the folder. Refused while bytes are missing. On failure
 * the target is what it was, but for one: where the last fsync fails, the new file is in its place
 * and might not survive a loss of power, and the message says so. An existing target's permissions
 * are kept, and its owner and group as far as the process may; a symbolic link is followed; a
 * further hard link stays with the old file.
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_commit(clstep_writer *writer);

/* The whole file, of a writer to memory, instead of a commit: *bytes is the caller's, and freed by
 * clstep_store_free().
 * Statuses: OUT_OF_MEMORY, FILE_FAILED. */
CLSTEP_API clstep_status clstep_writer_take(clstep_writer *writer, void **bytes, size_t *size);

/* Accepts NULL. Without a commit the temporary file is removed. */
CLSTEP_API void clstep_writer_destroy(clstep_writer *writer);

/* Frees what calls of this header hand over. Accepts NULL. */
CLSTEP_API void clstep_store_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
