/* Closes a source, and gives its rules and counts. open.c opens it. */
#include "convert/source.h"

#include "base/memory.h"

const clstep_rule *clstep__source_rule(const clstep__source *source, size_t group)
{
    return source->described ? &source->described->groups[group].rule : &source->rule;
}

size_t clstep__source_count(const clstep__source *source, size_t group)
{
    return source->described ? source->described->groups[group].tensor_count : source->tensor_count;
}

void clstep__source_close(clstep__source *source)
{
    clstep_checkpoint_close(source->described);
    for (size_t i = 0; source->names && i < source->tensor_count; i++)
        clstep__free(source->names[i]);
    clstep__free(source->names);
    clstep__free(source->tensors);
    *source = (clstep__source){0};
}
