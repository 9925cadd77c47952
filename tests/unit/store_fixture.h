/* Helpers of the tests of files: files in memory, and a temporary folder. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <clstep/store.h>

enum { STORE_PATH = 512, STORE_TEXT = 4096 };

typedef struct store_bytes {
    unsigned char *at; /* freed by the test */
    size_t size;
} store_bytes;

/* A file of this header and so many bytes of data. */
store_bytes store_build(const char *header, size_t data_size);

/* Opens bytes in memory; the copy that is read ends where they end, so that sanitizers see who
 * reads on. The record holds the failure. */
clstep_status store_try(const void *bytes, size_t size);

/* The bytes are refused as damaged, by a message with this part. */
void store_refuses(const void *bytes, size_t size, const char *part);

/* The last call was refused with this status and by a message with this part. */
void store_failed(clstep_status got, clstep_status wanted, const char *part);

/* All that a file says, one item a line: "tensor NAME", "dtype F32", "shape [2,3]", "data ...",
 * "key ...", "text ...". */
void store_describe(const clstep_safetensors *file, char text[STORE_TEXT]);

/* A new folder, and what is in it. */
void store_folder(char path[STORE_PATH]);
void store_join(char path[STORE_PATH], const char *folder, const char *name);
void store_put(const char *path, const void *bytes, size_t size);
/* The bytes of a file that is there. */
store_bytes store_get(const char *path);
/* The number of files there. */
size_t store_count(const char *folder);
/* The same; removes the folder and them. */
size_t store_folder_close(const char *folder);

/* A writer that has tensor "a", F32 [2], declared. */
clstep_writer *store_writer(const char *path);

/* Writes a file with that tensor; the file is such a one. */
extern const float store_numbers[2];
void store_write(const char *path);
void store_holds(const char *path);

/* Permissions. */
unsigned store_mode(const char *path);

#endif
