/* The four rules that comparisons are made of. */
#ifndef CLSTEP_CLI_TRAIN_COMPARED_H
#define CLSTEP_CLI_TRAIN_COMPARED_H

#include <stdbool.h>

enum { COMPARED_RULES = 4 };

typedef struct compared_rule {
    const char *preset;
    const char *name;
    double lr;          /* of `clstep train --compare` */
    const char *colour; /* in pictures, for gnuplot */
    const char *dashes;
} compared_rule;

/* RMSprop comes first. */
extern const compared_rule compared_rules[COMPARED_RULES];

/* Tables with a column for each rule: the names, behind `first`, in columns of `width`; and a
 * number in a column of 8, marked where it is the best, "-" where it is not finite or enormous. */
void compared_head(const char *first, int width);
void compared_cell(double number, bool is_best);

#endif
