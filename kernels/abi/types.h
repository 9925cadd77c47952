/*
 * Integers of a known size in C and in OpenCL C, and asserts. The other files of this folder
 * include it. The folder holds what the host and the kernels share: C and OpenCL C
 * include the same text.
 */
#ifndef CLSTEP_ABI_TYPES_H
#define CLSTEP_ABI_TYPES_H

#if defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)
typedef ulong clstep_u64;
typedef uint clstep_u32;
/* An array of negative size if the condition is false: OpenCL C 1.2 has no _Static_assert. */
#define CLSTEP_ASSERT(name, condition) typedef char clstep_assert_##name[(condition) ? 1 : -1]
#else
#include <stddef.h>
#include <stdint.h>
typedef uint64_t clstep_u64;
typedef uint32_t clstep_u32;
#define CLSTEP_ASSERT(name, condition) _Static_assert(condition, #name)
#endif

/* Whether a member of a struct lies at `bytes`. OpenCL C has no offsetof(), but compilers based on
 * clang, which are all that we know of, have this built-in. Others check the sizes only. */
#if defined(__clang__) || defined(__GNUC__)
#define CLSTEP_LIES_AT(type, member, bytes) (__builtin_offsetof(type, member) == (bytes))
#else
#define CLSTEP_LIES_AT(type, member, bytes) 1
#endif

#endif
