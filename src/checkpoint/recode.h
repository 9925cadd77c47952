/* Converts arrays to another dtype. */
#ifndef CLSTEP_CHECKPOINT_RECODE_H
#define CLSTEP_CHECKPOINT_RECODE_H

#include "checkpoint/window.h"

/* Memory for a part of an array. */
typedef struct clstep__recoder {
    const clstep__window *window; /* of the load */
    const clstep_safetensors *file;
    bool allow_nan;
    unsigned char *bytes;     /* of the file, then of the result */
    unsigned char *completes; /* scales or residuals */
    float *numbers;
} clstep__recoder;

/* Close it after a failure too. */
clstep_status clstep__recoder_open(clstep__recoder *recoder, const clstep__window *window,
                                   const clstep_safetensors *file, bool allow_nan);
void clstep__recoder_close(clstep__recoder *recoder);

/* Fills the memory of a piece whose source must be converted. Refuses numbers with which training
 * cannot go on, and numbers that the piece's dtype cannot hold. */
clstep_status clstep__recode(const clstep__recoder *recoder, const clstep__piece *piece);

#endif
