/* Learning curves: points of a training run, and the CSV file of several runs. */
#ifndef CLSTEP_CLI_TRAIN_CURVES_H
#define CLSTEP_CLI_TRAIN_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Losses are drawn as means over this many windows an epoch: single batches are too noisy to read.
 */
enum { CURVE_WINDOWS = 20 };

typedef struct curve_point {
    double epoch; /* the part of an epoch that has passed counts */
    uint64_t step;
    double lr;
    double loss;     /* mean of the window that ends here */
    double accuracy; /* on the test images; NAN unless an epoch ends here */
} curve_point;

typedef struct curve {
    char name[64];  /* in the rule column */
    char label[96]; /* in the legend */
    curve_point *points;
    size_t count;
    size_t capacity;
} curve;

/* Both return an exit code and have said what is wrong. */
int curve_add(curve *line, curve_point point);
int curves_write(const curve *lines, size_t count, bool with_names, const char *path);
void curve_free(curve *line);

#endif
