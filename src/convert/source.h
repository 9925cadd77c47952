/* The state in a file of some dialect: its rules, its tensors and where their arrays are. */
#ifndef CLSTEP_CONVERT_SOURCE_H
#define CLSTEP_CONVERT_SOURCE_H

#include "checkpoint/checkpoint.h"
#include "convert/dialect.h"
#include "convert/report.h"

/* An index for arrays that do not exist. */
#define CLSTEP__ABSENT SIZE_MAX

typedef struct clstep__source_tensor {
    const char *name;
    const clstep_rule *rule;
    const uint64_t *shape;
    size_t rank;
    uint64_t count;
    bool has_shape;
    size_t param; /* index in the file */
    size_t arrays[CLSTEP__SLOTS];
} clstep__source_tensor;

typedef struct clstep__source {
    const char *call;
    const clstep_safetensors *file;
    const clstep__dialect *dialect;
    clstep_checkpoint *described; /* NULL: the file has no metadata; the next two are set then */
    clstep_rule rule;             /* of all tensors */
    char **names;                 /* of the tensors */
    size_t group_count;
    size_t tensor_count;
    clstep__source_tensor *tensors; /* group after group */
    uint64_t steps;
} clstep__source;

/* Also for a source that failed to open. */
void clstep__source_close(clstep__source *source);

const clstep_rule *clstep__source_rule(const clstep__source *source, size_t group);
size_t clstep__source_count(const clstep__source *source, size_t group); /* of tensors */

#endif
