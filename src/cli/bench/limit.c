/* Builds and enqueues the variants of the limit's kernel. row.c finds the fastest. */
#include "cli/bench/limit.h"

#include <stdio.h>

/* Made from kernels/tools/limit.cl by scripts/embed-kernel. */
extern const unsigned char limit_cl[];
extern const size_t limit_cl_size;

typedef struct accesses {
    unsigned wide; /* elements of an access */
    unsigned run;  /* accesses of a work-item */
    const char *name;
} accesses;

/* The fastest one depends on the device, the version of PoCL and the size. */
static const accesses variants[LIMIT_VARIANTS] = {
    {4, 1, "4"},           {16, 1, "16"},           {8, 2048, "8 x 2048"},
    {16, 128, "16 x 128"}, {16, 1024, "16 x 1024"},
};
static const accesses roots[LIMIT_ROOTS] = {{4, 1, "4"}, {16, 1024, "16 x 1024"}};

/* If a driver chooses the work-group size, a prime number of work-items leaves it groups of 1. */
enum { LARGE = 1 << 16, EVEN = 1 << 8 };

static const char *type_of(size_t bytes)
{
    return bytes == 1 ? "uchar" : bytes == 2 ? "ushort" : bytes == 4 ? "uint" : "ulong";
}

static cl_int set_arguments(cl_kernel kernel, const limit_load *load, cl_ulong vectors)
{
    const cl_uint zero = 0;
    cl_int code = clSetKernelArg(kernel, 0, sizeof zero, &zero);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel, 1, sizeof vectors, &vectors);
    for (cl_uint i = 0; code == CL_SUCCESS && i < LIMIT_ARRAYS_MAX; i++) {
        const size_t array = i < load->count ? i : 0; /* those that are not used */
        code = clSetKernelArg(kernel, i + 2, sizeof(cl_mem), &load->arrays[array]);
    }
    return code;
}

static size_t vectors_of(const limit_load *load, unsigned wide)
{
    const size_t vectors = load->elements / wide;
    return vectors < LARGE ? vectors : vectors - vectors % EVEN;
}

static int describe_types(const workplace *place, const limit_load *load, unsigned each,
                          char *options, size_t size)
{
    if (each == 0) {
        snprintf(options, size, "-D PARAM=%s -D GRAD=%s -D STATE=%s", type_of(load->param_bytes),
                 type_of(load->grad_bytes), type_of(load->state_bytes));
        return EXIT_OK;
    }
    clstep_device_info info;
    int code = workplace_describe(place, &info);
    snprintf(options, size, "-D PARAM=uint -D GRAD=uint -D STATE=%s -D EACH=%u%s",
             type_of(load->state_bytes * each), each,
             info.correctly_rounded ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
    return code;
}

/* `each`: elements in a word of those with divide and square root; 0 without. */
static int open_variant(limit_variant *variant, const accesses *of, unsigned each,
                        const workplace *place, const limit_load *load)
{
    char types[128], options[192];
    const unsigned wide = each ? of->wide * each : of->wide;
    const size_t vectors = vectors_of(load, wide);
    *variant = (limit_variant){.place = place,
                               .name = of->name,
                               .global = (vectors + of->run - 1) / of->run,
                               .share = (double)(vectors * wide) / (double)load->elements};
    int code = describe_types(place, load, each, types, sizeof types);
    snprintf(options, sizeof options, "-cl-std=CL1.2 -D WIDE=%u -D RUN=%u -D ARRAYS=%zu %s",
             of->wide, of->run, load->count, types);
    if (code == EXIT_OK)
        code = workplace_kernel(place, limit_cl, limit_cl_size, options, "limit", &variant->program,
                                &variant->kernel);
    if (code != EXIT_OK)
        return code;
    cl_int cl_code = set_arguments(variant->kernel, load, vectors);
    return cl_code == CL_SUCCESS ? EXIT_OK : complain_cl("clSetKernelArg", cl_code);
}

/* How many elements lie in a word of parameters and gradients; 0 where divide and square root are
 * not measured. */
static unsigned elements_of_word(const limit_load *load)
{
    enum { WORD = 4 };
    const bool fits = load->has_root && load->count > 2 && load->param_bytes <= WORD &&
                      load->grad_bytes == load->param_bytes;
    const size_t each = fits ? WORD / load->param_bytes : 0;
    const size_t widest = roots[LIMIT_ROOTS - 1].wide;
    return load->elements < each * widest ? 0 : (unsigned)each;
}

int limit_open(limit_set *set, const workplace *place, const limit_load *load)
{
    *set = (limit_set){0};
    const unsigned each = elements_of_word(load);
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < LIMIT_VARIANTS; i++)
        code = open_variant(&set->variants[i], &variants[i], 0, place, load);
    set->root_count = each ? LIMIT_ROOTS : 0;
    for (size_t i = 0; code == EXIT_OK && i < set->root_count; i++)
        code = open_variant(&set->roots[i], &roots[i], each, place, load);
    if (code != EXIT_OK)
        limit_close(set);
    return code;
}

static void close_variants(limit_variant *of, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (of[i].kernel)
            clReleaseKernel(of[i].kernel);
        if (of[i].program)
            clReleaseProgram(of[i].program);
    }
}

void limit_close(limit_set *set)
{
    close_variants(set->variants, LIMIT_VARIANTS);
    close_variants(set->roots, LIMIT_ROOTS);
    *set = (limit_set){0};
}

/* The driver chooses the work-group size. */
int limit_enqueue(const limit_variant *variant)
{
    cl_int code = clEnqueueNDRangeKernel(variant->place->queue, variant->kernel, 1, NULL,
                                         &variant->global, NULL, 0, NULL, NULL);
    return code == CL_SUCCESS ? EXIT_OK : complain_cl("clEnqueueNDRangeKernel", code);
}
