/* The rows of a file, from the JSON of its metadata. */
#ifndef TESTS_REFERENCE_ROWS_H
#define TESTS_REFERENCE_ROWS_H

#include "data.h"

/* Fills from->rows; false, with a problem, where there are none or one is wrong. */
bool read_rows(data *from);

#endif
