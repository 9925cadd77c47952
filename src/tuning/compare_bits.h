/* A digest of a small model after some steps, which must be the same for all launch parameters. */
#ifndef CLSTEP_TUNING_COMPARE_BITS_H
#define CLSTEP_TUNING_COMPARE_BITS_H

#include "base/sha256.h"
#include "tuning/measure.h"

/* SHA-256 of parameters and state after some steps of the small model. */
clstep_status clstep__tune_digest(const clstep__tune_bench *bench, clstep_engine *engine,
                                  unsigned char digest[CLSTEP__SHA256_SIZE]);

#endif
