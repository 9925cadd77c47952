/* Whether two paths lead to one file. */
#ifndef CLSTEP_CLI_SAME_FILE_H
#define CLSTEP_CLI_SAME_FILE_H

#include <stdbool.h>

/* The files need not exist. */
bool same_file(const char *a, const char *b);

#endif
