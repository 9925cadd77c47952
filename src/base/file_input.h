/* A source of bytes: a regular file, or the caller's memory. */
#ifndef CLSTEP_BASE_FILE_INPUT_H
#define CLSTEP_BASE_FILE_INPUT_H

#include <clstep/status.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clstep__input {
    const unsigned char *memory; /* NULL: a file */
    char *path;                  /* for messages */
    int descriptor;
    uint64_t size;
} clstep__input;

/* On failure nothing is open. */
clstep_status clstep__input_open(clstep__input *input, const char *call, const char *path);
void clstep__input_memory(clstep__input *input, const void *bytes, size_t size);
void clstep__input_close(clstep__input *input);

/* Reads `bytes` bytes from byte `from` on. They must lie within input->size. */
clstep_status clstep__input_read(const clstep__input *input, const char *call, uint64_t from,
                                 uint64_t bytes, void *to);

#endif
