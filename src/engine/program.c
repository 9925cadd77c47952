/* Builds programs from the embedded kernel source: build options and logs. engine.c decides which
 * programs to build. */
#include "engine/program.h"

#include "base/error.h"
#include "base/memory.h"
#include "device/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Made from kernels/update/update.cl by scripts/embed-kernel. */
extern const unsigned char clstep__update_cl[];
extern const size_t clstep__update_cl_size;

void clstep__common_options(bool correctly_rounded, clstep__text *options)
{
    clstep__text_format(options, "-cl-std=CL1.2");
    /* Without this option divide and sqrt may be 2.5 and 3 ulp off. If the device does not report
     * the ability, the option guarantees nothing. */
    if (correctly_rounded)
        clstep__text_format(options, " -cl-fp32-correctly-rounded-divide-sqrt");
    clstep__text_format(options, " -D EXACT_DIVIDE=%u", correctly_rounded ? 1u : 0u);
}

/* "RULE_ADAM" for "adam", which is kernels/update/rules/adam.clh */
static void append_rule(const char *name, clstep__text *options)
{
    clstep__text_format(options, " -D RULE_");
    for (; *name; name++)
        clstep__text_format(options, "%c", toupper((unsigned char)*name));
    clstep__text_format(options, "=1");
}

void clstep__kernel_options(const clstep__kernel_variant *wanted, bool correctly_rounded,
                            clstep__text *options)
{
    const clstep__variant *variant = &wanted->variant;
    const struct {
        const char *name;
        uint32_t value;
    } macros[] = {
        {"ROUNDING", (uint32_t)variant->rounding},
        {"CENTERED", (uint32_t)variant->centered},
        {"MOMENTUM", (uint32_t)variant->momentum},
        {"LR_IN_MOMENTUM", (uint32_t)variant->lr_in_momentum},
        {"NESTEROV", (uint32_t)variant->nesterov},
        {"EPS_INSIDE_SQRT", (uint32_t)variant->eps_inside_sqrt},
        {"BIAS_CORRECTION", (uint32_t)variant->bias_correction},
        {"AMSGRAD", (uint32_t)variant->amsgrad},
        {"DECAY_DECOUPLED", (uint32_t)variant->decay_decoupled},
        {"MAXIMIZE", (uint32_t)variant->maximize},
        {"CLIP", (uint32_t)variant->clip},
        {"CONTROL", (uint32_t)variant->control},
        {"STATES", (uint32_t)clstep__variant_states(variant)},
        {"PARAM", (uint32_t)wanted->format.param},
        {"GRAD", (uint32_t)wanted->format.grad},
        {"STATE", (uint32_t)wanted->format.state},
        {"STORAGE", (uint32_t)wanted->format.storage},
        {"SIGNS", wanted->format.state == CLSTEP_DTYPE_UINT8 ? clstep__signs(variant) : 0},
        {"WIDTH", wanted->width},
        {"ALIGNED", wanted->aligned},
        {"GROUP_SIZE", wanted->group_size},
        {"BINDING", wanted->binding},
    };
    clstep__common_options(correctly_rounded, options);
    append_rule(clstep__variant_rule(variant), options);
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        clstep__text_format(options, " -D %s=%u", macros[i].name, (unsigned)macros[i].value);
}

static void append_source(const clstep__kernel_source *source, clstep__text *log)
{
    const char *line = (const char *)source->bytes;
    for (unsigned number = 1; *line; number++) {
        const char *end = strchr(line, '\n');
        const size_t length = end ? (size_t)(end - line) : strlen(line);
        /* number lines as compilers do, by the #line marks */
        unsigned marked = 0;
        if (sscanf(line, "#line %u", &marked) == 1)
            number = marked - 1;
        clstep__text_format(log, "%5u  ", number);
        clstep__text_append(log, line, length);
        clstep__text_append(log, "\n", 1);
        line += length + (end != NULL);
    }
}

static void append_build_log(cl_program program, cl_device_id device, clstep__text *log)
{
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) != CL_SUCCESS)
        return;
    char *bytes = clstep__allocate(size + 1, 1);
    if (bytes && clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, bytes, NULL) ==
                     CL_SUCCESS)
        clstep__text_append(log, bytes, strlen(bytes));
    clstep__free(bytes);
}

static void compose_log(cl_program program, cl_device_id device,
                        const clstep__kernel_source *source, const char *options, clstep__text *log)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    clstep__text_free(log);
    if (clstep_device_describe(device, &info) == CLSTEP_OK)
        clstep__text_format(log, "device:  %s, %s, %s, driver %s\n", info.platform_name, info.name,
                            info.device_version, info.driver_version);
    clstep__text_format(log, "options: %s\n\n", options);
    append_build_log(program, device, log);
    clstep__text_format(log, "\n\nsource:\n");
    append_source(source, log);
}

/* The compiler's first error in the log, for the message: "", or ": " and its line. */
static void first_error(const clstep__text *log, char line[256])
{
    const char *found = log->bytes ? strstr(log->bytes, "error:") : NULL;
    line[0] = '\0';
    if (!found)
        return;
    while (found > log->bytes && found[-1] != '\n')
        found--;
    snprintf(line, 256, ": %.*s", (int)strcspn(found, "\n"), found);
}

/* Advice for the message if the compiler names no error. */
static const char *cure_of(cl_device_id device)
{
    clstep_device_info info = CLSTEP_DEVICE_INFO_INIT;
    return clstep_device_describe(device, &info) == CLSTEP_OK
               ? clstep__cache_advice(info.platform_name)
               : "";
}

clstep_status clstep__kernel_build(cl_context context, cl_device_id device,
                                   const clstep__kernel_source *source, const char *options,
                                   cl_program *program, clstep__text *log)
{
    const char *text = (const char *)source->bytes;
    cl_int code;
    *program = clCreateProgramWithSource(context, 1, &text, &source->size, &code);
    if (!*program)
        return clstep__cl_failed("clCreateProgramWithSource", code);
    code = clBuildProgram(*program, 1, &device, options, NULL, NULL);
    if (code == CL_SUCCESS)
        return CLSTEP_OK;
    /* whatever has failed: for CL_INVALID_BUILD_OPTIONS, too, the log has the reason */
    compose_log(*program, device, source, options, log);
    char line[256];
    first_error(log, line);
    clReleaseProgram(*program);
    *program = NULL;
    return clstep__fail_cl(CLSTEP_BUILD_FAILED, "clBuildProgram", code,
                           "the %s kernel did not build: clBuildProgram failed with %s (%d)%s",
                           source->name, clstep_cl_code_name(code), (int)code,
                           line[0] ? line : cure_of(device));
}

clstep_status clstep__program_build(cl_context context, cl_device_id device, const char *options,
                                    cl_program *program, clstep__text *log)
{
    const clstep__kernel_source source = {"update", clstep__update_cl, clstep__update_cl_size};
    return clstep__kernel_build(context, device, &source, options, program, log);
}

void clstep__program_digest(unsigned char digest[CLSTEP__SHA256_SIZE])
{
    clstep__sha256_of(clstep__update_cl, clstep__update_cl_size, digest);
}
