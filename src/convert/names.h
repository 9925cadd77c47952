/* The names of tensors in a file without metadata. */
#ifndef CLSTEP_CONVERT_NAMES_H
#define CLSTEP_CONVERT_NAMES_H

#include "convert/source.h"

/* Lists in source->names every tensor that has an array of the rule. */
clstep_status clstep__source_find_names(clstep__source *source);

#endif
