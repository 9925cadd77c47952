/* What `clstep train --valley` has measured. The loss is (0.1 x^2 + 9 y^2) / 2. */
#ifndef CLSTEP_CLI_TRAIN_VALLEY_TABLE_H
#define CLSTEP_CLI_TRAIN_VALLEY_TABLE_H

#include "cli/train/compared.h"

#include <stddef.h>

enum { VALLEY_STEPS = 60, VALLEY_RATES = 13 };

#define VALLEY_CURVATURE_X 0.1
#define VALLEY_CURVATURE_Y 9.0

typedef struct valley_point {
    double x, y;
} valley_point;

typedef struct valley_table {
    const double *rates;
    valley_point paths[COMPARED_RULES][VALLEY_RATES][VALLEY_STEPS + 1]; /* from the start on */
    double means[COMPARED_RULES][VALLEY_RATES]; /* distances from the lowest point, of all steps */
    size_t best[COMPARED_RULES];                /* of `rates`: with the least mean */
} valley_table;

#endif
