/* The kernels of kernels/tools/bench.cl. */
#ifndef CLSTEP_CLI_BENCH_KERNELS_H
#define CLSTEP_CLI_BENCH_KERNELS_H

#include "cli/workplace.h"

#include <stddef.h>

/* Made by scripts/embed-kernel. */
extern const unsigned char bench_cl[];
extern const size_t bench_cl_size;

/* Builds the program and makes one of its kernels; the caller releases both, also on failure. */
int bench_kernel(const workplace *place, const char *name, cl_program *program, cl_kernel *kernel);

#endif
