/* Files for the tests of clstep apply. */
#ifndef APPLY_FIXTURE_H
#define APPLY_FIXTURE_H

#include <clstep/store.h>

typedef struct {
    const char *name;
    const char *dtype;
    uint64_t shape[2];
    size_t rank;
    float first; /* element i is first * (i + 1) / 8; raw bytes for other types */
} entry;

void apply_make_file(const char *folder, const char *name, const entry *entries, size_t count);

/* Parameters "p" and gradients "g" of the tensors "w" and "b". */
extern const entry apply_params[2], apply_grads[2];
void apply_make_pair(const char *folder);

/* The numbers of a tensor, to be freed. */
float *apply_read_tensor(const char *folder, const char *file, const char *tensor, size_t *count);

/* Tensor `a` of `file_a` has the bits of tensor `b` of `file_b`. */
void apply_same_tensor(const char *folder, const char *file_a, const char *a, const char *file_b,
                       const char *b);

/* Runs the program, which does what it should without a word on standard error. */
void apply_done(const char *folder, const char *line);

#endif
