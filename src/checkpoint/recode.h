/* Computing what an array holds from an array of another dtype. */
#ifndef CLSTEP_CHECKPOINT_RECODE_H
#define CLSTEP_CHECKPOINT_RECODE_H

#include "checkpoint/window.h"

/* Room for a part of an array at a time. */
typedef struct clstep__recoder {
    const clstep__window *window; /* of the load */
    const clstep_safetensors *file;
    bool allow_nan;
    unsigned char *bytes;     /* as they lie in the file, and as they are wanted */
    unsigned char *completes; /* scales or residuals */
    float *numbers;
} clstep__recoder;

/* To be closed in any case. */
clstep_status clstep__recoder_open(clstep__recoder *recoder, const clstep__window *window,
                                   const clstep_safetensors *file, bool allow_nan);
void clstep__recoder_close(clstep__recoder *recoder);

/* Fills the memory of a piece whose source converts. Numbers from which training cannot go on are
 * refused, and those that the piece's dtype cannot hold. */
clstep_status clstep__recode(const clstep__recoder *recoder, const clstep__piece *piece);

#endif
