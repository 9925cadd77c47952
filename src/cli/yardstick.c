#include "cli/yardstick.h"

#include <stdio.h>

/* Made from kernels/yardstick.cl by scripts/embed-kernel. */
extern const unsigned char yardstick_cl[];
extern const size_t yardstick_cl_size;

/* Which is fastest differs from device to device, from PoCL to PoCL and from size to size. */
static const struct {
    unsigned wide;
    unsigned run;
    const char *name;
} forms[YARDSTICK_FORMS] = {
    {4, 1, "4"},           {16, 1, "16"},           {8, 2048, "8 x 2048"},
    {16, 128, "16 x 128"}, {16, 1024, "16 x 1024"},
};

/* A driver that chooses the work-group size finds none that divides a prime number of work-items.
 */
enum { MANY = 1 << 16, EVEN = 1 << 8 };

static const char *type_of(size_t bytes)
{
    return bytes == 1 ? "uchar" : bytes == 2 ? "ushort" : bytes == 4 ? "uint" : "ulong";
}

static cl_int set_arguments(cl_kernel kernel, const yardstick_load *load, cl_ulong vectors)
{
    const cl_uint zero = 0;
    cl_int code = clSetKernelArg(kernel, 0, sizeof zero, &zero);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 1, sizeof vectors, &vectors);
    for (cl_uint i = 0; code == CL_SUCCESS && i < YARDSTICK_ARRAYS_MAX; i++) {
        const size_t array = i < load->count ? i : 0; /* those that are not used */
        code = clSetKernelArg(kernel, i + 2, sizeof(cl_mem), &load->arrays[array]);
    }
    return code;
}

static int open_form(yardstick_form *form, size_t which, const workplace *place,
                     const yardstick_load *load)
{
    char options[192];
    const unsigned wide = forms[which].wide, run = forms[which].run;
    size_t vectors = load->elements / wide;
    if (vectors >= MANY)
        vectors -= vectors % EVEN;
    *form = (yardstick_form){.place = place,
                             .name = forms[which].name,
                             .global = (vectors + run - 1) / run,
                             .share = (double)(vectors * wide) / (double)load->elements};
    snprintf(options, sizeof options,
             "-cl-std=CL1.2 -D WIDE=%u -D RUN=%u -D ARRAYS=%zu -D PARAM=%s -D GRAD=%s -D STATE=%s",
             wide, run, load->count, type_of(load->param_bytes), type_of(load->grad_bytes),
             type_of(load->state_bytes));
    int code = workplace_build(place, yardstick_cl, yardstick_cl_size, options, &form->program);
    if (code != EXIT_OK)
        return code;
    cl_int cl_code;
    form->kernel = clCreateKernel(form->program, "yardstick", &cl_code);
    if (!form->kernel)
        return complain_cl("clCreateKernel", cl_code);
    cl_code = set_arguments(form->kernel, load, vectors);
    return cl_code == CL_SUCCESS ? EXIT_OK : complain_cl("clSetKernelArg", cl_code);
}

int yardstick_open(yardstick *stick, const workplace *place, const yardstick_load *load)
{
    *stick = (yardstick){0};
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < YARDSTICK_FORMS; i++)
        code = open_form(&stick->forms[i], i, place, load);
    if (code != EXIT_OK)
        yardstick_close(stick);
    return code;
}

void yardstick_close(yardstick *stick)
{
    for (size_t i = 0; i < YARDSTICK_FORMS; i++) {
        if (stick->forms[i].kernel)
            clReleaseKernel(stick->forms[i].kernel);
        if (stick->forms[i].program)
            clReleaseProgram(stick->forms[i].program);
    }
    *stick = (yardstick){0};
}

/* Runs of many accesses are one work-item to a group, as CPUs like it. */
int yardstick_enqueue(const yardstick_form *form)
{
    cl_int code = clEnqueueNDRangeKernel(form->place->queue, form->kernel, 1, NULL, &form->global,
                                         NULL, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}
