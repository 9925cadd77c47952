/* Builds the program of kernels/tools/bench.cl. The limit's program is limit.c's. */
#include "cli/bench/kernels.h"

int bench_kernel(const workplace *place, const char *name, cl_program *program, cl_kernel *kernel)
{
    return workplace_kernel(place, bench_cl, bench_cl_size, "-cl-std=CL1.2", name, program, kernel);
}
