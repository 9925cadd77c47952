/* What `clstep train --drift` has measured. */
#ifndef CLSTEP_CLI_TRAIN_DRIFT_TABLE_H
#define CLSTEP_CLI_TRAIN_DRIFT_TABLE_H

#include "cli/train/compared.h"
#include "cli/train/drift_task.h"

enum { DRIFT_RATES = 10, DRIFT_SEEDS = 5 };

typedef struct drift_table {
    const double *rates;                       /* DRIFT_RATES, all that are tried */
    double sweep[COMPARED_RULES][DRIFT_RATES]; /* with another seed; NAN: diverged */
    size_t best[COMPARED_RULES];               /* of `rates` */
    drift_result results[COMPARED_RULES][DRIFT_SEEDS];
} drift_table;

#endif
