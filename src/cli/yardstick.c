#include "cli/yardstick.h"

#include <stdio.h>

/* Made from kernels/yardstick.cl by scripts/embed-kernel. */
extern const unsigned char yardstick_cl[];
extern const size_t yardstick_cl_size;

/* Which is fastest differs from device to device and from PoCL to PoCL. */
static const struct {
    unsigned wide;
    unsigned run;
    const char *name;
} forms[YARDSTICK_FORMS] = {
    {4, 1, "float4"},
    {16, 1, "float16"},
    {16, 1024, "float16 x 1024"},
};

const char *yardstick_form_name(size_t form)
{
    return forms[form].name;
}

/* The kernel writes all but its last array: the gradient goes there. */
static cl_int set_arguments(cl_kernel kernel, const cl_mem *arrays, size_t count)
{
    const cl_uint zero = 0;
    cl_int code = clSetKernelArg(kernel, 0, sizeof zero, &zero);
    for (cl_uint i = 0; code == CL_SUCCESS && i < YARDSTICK_ARRAYS_MAX; i++) {
        size_t array = 0; /* those that the form does not use */
        if (i > 0 && i < count)
            array = i == count - 1 ? 1 : i + 1;
        code = clSetKernelArg(kernel, i + 1, sizeof(cl_mem), &arrays[array]);
    }
    return code;
}

static int open_form(yardstick *stick, size_t form, const workplace *place, const cl_mem *arrays,
                     size_t count, size_t elements)
{
    char options[128];
    snprintf(options, sizeof options, "-cl-std=CL1.2 -D WIDE=%u -D RUN=%u -D ARRAYS=%zu",
             forms[form].wide, forms[form].run, count);
    int code =
        workplace_build(place, yardstick_cl, yardstick_cl_size, options, &stick->programs[form]);
    if (code != EXIT_OK)
        return code;
    cl_int cl_code;
    stick->kernels[form] = clCreateKernel(stick->programs[form], "yardstick", &cl_code);
    if (!stick->kernels[form])
        return complain_cl("clCreateKernel", cl_code);
    cl_code = set_arguments(stick->kernels[form], arrays, count);
    if (cl_code != CL_SUCCESS)
        return complain_cl("clSetKernelArg", cl_code);
    stick->global[form] = elements / forms[form].wide / forms[form].run;
    return EXIT_OK;
}

int yardstick_open(yardstick *stick, const workplace *place, const cl_mem *arrays, size_t count,
                   size_t elements)
{
    *stick = (yardstick){0};
    int code = EXIT_OK;
    for (size_t form = 0; code == EXIT_OK && form < YARDSTICK_FORMS; form++)
        code = open_form(stick, form, place, arrays, count, elements);
    if (code != EXIT_OK)
        yardstick_close(stick);
    return code;
}

void yardstick_close(yardstick *stick)
{
    for (size_t form = 0; form < YARDSTICK_FORMS; form++) {
        if (stick->kernels[form])
            clReleaseKernel(stick->kernels[form]);
        if (stick->programs[form])
            clReleaseProgram(stick->programs[form]);
    }
    *stick = (yardstick){0};
}
