/* Builds programs: the update kernel for a kernel variant, or any embedded source. */
#ifndef CLSTEP_ENGINE_PROGRAM_H
#define CLSTEP_ENGINE_PROGRAM_H

#include "base/sha256.h"
#include "base/text.h"
#include "rule/state_arrays.h"

#include <clstep/clstep.h>

/* The values of the macros that kernels/update/macros.clh lists. */
typedef struct clstep__kernel_variant {
    clstep__variant variant;
    clstep__format format;
    uint32_t width;
    uint32_t aligned;
    uint32_t group_size;
    uint32_t binding;
} clstep__kernel_variant;

/* An embedded kernel source; `name` is for messages. */
typedef struct clstep__kernel_source {
    const char *name;
    const unsigned char *bytes; /* and a '\0' */
    size_t size;
} clstep__kernel_source;

/* The build options of every kernel: none may make results less exact. `correctly_rounded`: the
 * device can round divide and sqrt correctly. */
void clstep__common_options(bool correctly_rounded, clstep__text *options);

/* The build options of a kernel variant. Programs with equal options are the same. */
void clstep__kernel_options(const clstep__kernel_variant *wanted, bool correctly_rounded,
                            clstep__text *options);

/* Builds the program of the update kernel, or of any source. If the build fails, `log`, which may
 * hold an older log, becomes the new one, with device, options and numbered source. */
clstep_status clstep__program_build(cl_context context, cl_device_id device, const char *options,
                                    cl_program *program, clstep__text *log);
clstep_status clstep__kernel_build(cl_context context, cl_device_id device,
                                   const clstep__kernel_source *source, const char *options,
                                   cl_program *program, clstep__text *log);

/* SHA-256 of the update kernel's source. */
void clstep__program_digest(unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
