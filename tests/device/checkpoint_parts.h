/* A model with parts of two buffers, for tests that load checkpoints tensor by tensor. */
#ifndef TESTS_DEVICE_CHECKPOINT_PARTS_H
#define TESTS_DEVICE_CHECKPOINT_PARTS_H

#include "fixture.h"

#include <clstep/store.h>

enum { COUNT = 1536, PARTS_MAX = 4 };

/* A tensor: so many elements of both buffers from `first` on. */
typedef struct {
    const char *name;
    size_t first, count;
} part;

/* The same model in two orders. */
extern const part abc[3], cab[3];

typedef struct {
    cl_mem params, grads;
    clstep_optimizer *optimizer;
    size_t tensors;
} parts_model;

/* Of all models that are made. */
extern clstep_rule parts_rule;
extern clstep_state_storage parts_state_storage;
extern clstep_dtype parts_param_dtype;

/* `numbered`: each part has the number of its first element, else they are numbered in order. */
parts_model parts_make(const part *parts, size_t count, int numbered);
void parts_drop(parts_model *m);
/* A step of those tensors that have no '1' in `left_out`; NULL: of all. */
void parts_step(parts_model *m, const char *left_out);

void params_of(const parts_model *m, unsigned char params[4 * COUNT]);
void same_params(const parts_model *m, const unsigned char wanted[4 * COUNT]);
void same_part(const part *of, const unsigned char *got, const unsigned char *wanted);
/* The steps that a tensor has taken. */
uint64_t parts_taken(const parts_model *m, size_t tensor);

typedef struct {
    void *bytes;
    size_t size;
    clstep_checkpoint *checkpoint;
} parts_saved;

parts_saved parts_save(const parts_model *m, int with_params);
void parts_forget(parts_saved *of);
/* The entry "clstep" of its metadata. */
const char *parts_metadata(const parts_saved *of);

clstep_load_options parts_options(int with_params, int allow_unused);

#endif
