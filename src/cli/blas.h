/*
 * The only calls of CLBlast. Its caches are not safe between threads in Debian 12's version: one
 * mutex serves all calls. Each call only enqueues, on `queue`, returns an exit code and says what
 * is wrong. Vectors are dense and begin at element 0; counts are below 2^31.
 */
#ifndef CLSTEP_CLI_BLAS_H
#define CLSTEP_CLI_BLAS_H

#include "cli/command.h"

#include <stddef.h>

typedef struct blas_matrix {
    cl_mem buffer;
    size_t offset;
    size_t leading;
    bool transposed;
} blas_matrix;

/* result (m x n, dense; not transposed) = a (m x k) * b (k x n) */
int blas_multiply(cl_command_queue queue, size_t m, size_t n, size_t k, blas_matrix a,
                  blas_matrix b, blas_matrix result);
/* x = alpha * x */
int blas_scale(cl_command_queue queue, size_t n, float alpha, cl_mem x);
/* y = alpha * x + y */
int blas_add(cl_command_queue queue, size_t n, float alpha, cl_mem x, cl_mem y);
/* z = alpha * x * y + beta * z, element by element */
int blas_multiply_elements(cl_command_queue queue, size_t n, float alpha, cl_mem x, cl_mem y,
                           float beta, cl_mem z);

#endif
