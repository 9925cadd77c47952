/* The single numbers in a file. */
#ifndef CLSTEP_CONVERT_NUMBERS_H
#define CLSTEP_CONVERT_NUMBERS_H

#include "convert/source.h"

/* The count of steps and lr, as far as the file has them. Marks what is theirs
 * in `used`, one for every tensor of the file. */
clstep_status clstep__source_read_numbers(clstep__source *source, bool *used,
                                          clstep__report *report);

#endif
