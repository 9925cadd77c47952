/* The names of tensors in a file whose metadata do not tell them. */
#ifndef CLSTEP_CONVERT_NAMES_H
#define CLSTEP_CONVERT_NAMES_H

#include "convert/source.h"

/* Names every tensor that has an array of the rule, in source->names. */
clstep_status clstep__source_find_names(clstep__source *source);

#endif
