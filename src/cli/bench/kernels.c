#include "cli/bench/kernels.h"

int bench_kernel(const workplace *place, const char *name, cl_program *program, cl_kernel *kernel)
{
    int built = workplace_build(place, bench_cl, bench_cl_size, "-cl-std=CL1.2", program);
    if (built != EXIT_OK)
        return built;
    cl_int code;
    *kernel = clCreateKernel(*program, name, &code);
    return *kernel ? EXIT_OK : complain_cl("clCreateKernel", code);
}
