/* The single numbers in a file. */
#ifndef CLSTEP_CONVERT_NUMBERS_H
#define CLSTEP_CONVERT_NUMBERS_H

#include "convert/source.h"

/* Reads the counts of steps and lr, if the file has them. Marks them in `used`, which has an entry
 * for each tensor of the file. */
clstep_status clstep__source_read_numbers(clstep__source *source, bool *used,
                                          clstep__report *report);

#endif
