/* Files of tensors: making them, and looking at what the program made of them. */
#ifndef TENSORS_H
#define TENSORS_H

#include <clstep/store.h>

typedef struct {
    const char *name;
    const char *dtype;
    uint64_t shape[4];
    size_t rank;
    float first; /* element i is first * (i % 1000 + 1) / 8; raw bytes for other types */
} entry;

void make_file(const char *folder, const char *name, const entry *entries, size_t count);
/* The same with these numbers in place of `first`, entry after entry, and with the text of the
 * metadata's entry "clstep"; NULL for either: without. */
void make_file_of(const char *folder, const char *name, const entry *entries, size_t count,
                  const float *values, const char *about);

/* The elements of a tensor, to be freed. */
float *read_tensor(const char *folder, const char *file, const char *tensor, size_t *count);

void ck_same_tensor(const char *folder, const char *file_a, const char *a, const char *file_b,
                    const char *b);

/* Runs a line of the program, which must do it without a word on stderr. */
void done(const char *folder, const char *line);

#endif
