/* The models that an update is measured on: what tensors they have. */
#ifndef CLSTEP_CLI_BENCH_MODELS_H
#define CLSTEP_CLI_BENCH_MODELS_H

#include "cli/bench/networks.h"

typedef struct bench_model {
    char name[32];
    bench_counts tensors;
    size_t elements; /* of all tensors */
} bench_model;

enum { BENCH_FLAT_ELEMENTS = 64 << 20 };

/* The index-th model of those that have a name of their own; NULL past the last. */
const char *bench_model_name(size_t index);

/* A model by its name, or "TENSORSxELEMENTS" such as 10000x4096. An exit code; says what is wrong.
 */
int bench_model_make(bench_model *model, const char *name);
/* "flat": one tensor. */
int bench_model_flat(bench_model *model, size_t elements);
void bench_model_free(bench_model *model);

/* Prints those that have a name of their own, as JSON or for people. An exit code. */
int bench_models_print(bool json);

/* Whether the model is one tensor. */
bool bench_model_is_flat(const bench_model *model);

#endif
