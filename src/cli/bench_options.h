/* The options of `clstep bench`. */
#ifndef CLSTEP_CLI_BENCH_OPTIONS_H
#define CLSTEP_CLI_BENCH_OPTIONS_H

#include "cli/command.h"

enum { BENCH_REPEATS_MAX = 1000 };

typedef struct bench_options {
    size_t elements; /* a multiple of YARDSTICK_ROUND */
    size_t tensors;
    size_t repeats;
    const char *preset; /* NULL: all of the table */
    const char *device;
    bool json;
    bool help; /* nothing is to be measured */
} bench_options;

int bench_options_parse(int argc, char **argv, bench_options *of);

#endif
