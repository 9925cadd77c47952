/* The first values of master copies. */
#ifndef CLSTEP_OPTIMIZER_MASTERS_H
#define CLSTEP_OPTIMIZER_MASTERS_H

#include "optimizer/optimizer.h"

/* Enqueues copies of the parameters to the master copies that the library has allocated. Does not
 * touch those that the caller supplies. */
clstep_status clstep__masters_begin(clstep_optimizer *optimizer, clstep_engine *engine,
                                    clstep__waits *waits);

#endif
