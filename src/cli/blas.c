/* Calls CLBlast, one thread at a time, and returns exit codes. The callers choose what to multiply.
 */
#include "cli/blas.h"

#include <clblast_c.h>
#include <pthread.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Lets the next call in, and reports what went wrong in this one. */
static int conclude(const char *call, CLBlastStatusCode code)
{
    pthread_mutex_unlock(&one_at_a_time);
    if (code == CLBlastSuccess)
        return EXIT_OK;
    return complain(EXIT_FAILED, "the device failed: %s returned the code %d", call, (int)code);
}

static CLBlastTranspose transpose(const blas_matrix *matrix)
{
    return matrix->transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

int blas_multiply(cl_command_queue queue, size_t m, size_t n, size_t k, blas_matrix a,
                  blas_matrix b, blas_matrix result)
{
    pthread_mutex_lock(&one_at_a_time);
    return conclude("CLBlastSgemm",
                    CLBlastSgemm(CLBlastLayoutRowMajor, transpose(&a), transpose(&b), m, n, k, 1.0f,
                                 a.buffer, a.offset, a.leading, b.buffer, b.offset, b.leading, 0.0f,
                                 result.buffer, result.offset, n, &queue, NULL));
}

int blas_scale(cl_command_queue queue, size_t n, float alpha, cl_mem x)
{
    pthread_mutex_lock(&one_at_a_time);
    return conclude("CLBlastSscal", CLBlastSscal(n, alpha, x, 0, 1, &queue, NULL));
}

int blas_add(cl_command_queue queue, size_t n, float alpha, cl_mem x, cl_mem y)
{
    pthread_mutex_lock(&one_at_a_time);
    return conclude("CLBlastSaxpy", CLBlastSaxpy(n, alpha, x, 0, 1, y, 0, 1, &queue, NULL));
}

int blas_multiply_elements(cl_command_queue queue, size_t n, float alpha, cl_mem x, cl_mem y,
                           float beta, cl_mem z)
{
    pthread_mutex_lock(&one_at_a_time);
    return conclude("CLBlastShad",
                    CLBlastShad(n, alpha, x, 0, 1, y, 0, 1, beta, z, 0, 1, &queue, NULL));
}
