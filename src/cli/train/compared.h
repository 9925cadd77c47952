/* The four rules that comparisons are made of. */
#ifndef CLSTEP_CLI_TRAIN_COMPARED_H
#define CLSTEP_CLI_TRAIN_COMPARED_H

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

#endif
