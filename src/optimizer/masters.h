/* The first values of master copies. */
#ifndef CLSTEP_OPTIMIZER_MASTERS_H
#define CLSTEP_OPTIMIZER_MASTERS_H

#include "optimizer/optimizer.h"

/* Enqueues them: what the parameters are. Those that the caller supplies stay as they are. */
clstep_status clstep__masters_begin(clstep_optimizer *optimizer, clstep_engine *engine,
                                    clstep__waits *waits);

#endif
