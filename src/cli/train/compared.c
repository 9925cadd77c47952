/* The rules that are compared, each with the learning rate of the comparison, and how pictures show
 * them. */
#include "cli/train/compared.h"

#include <math.h>
#include <stdio.h>

/*
 * Each lr is the one with the least training loss in `clstep train --sweep` as it is by default:
 * two epochs on Fashion-MNIST, 784-256-128-10, batches of 128, constant lr, seed 2 (the
 * comparison's is 1), on PoCL 3.1. Mean training loss of the second epoch:
 *
 *       lr     RMSprop         SGD     AdaGrad        Adam
 *    1e-05      0.6971      2.9148      2.4263      0.7645
 *    3e-05      0.5051      2.4963      1.5610      0.5367
 *   0.0001      0.4034      1.7493      0.8400      0.4126
 *   0.0003      0.3630      1.1416      0.5669      0.3595
 *    0.001      0.3530      0.7748      0.4247      0.3389
 *    0.003      0.3824      0.5916      0.3618      0.3491
 *     0.01      0.4881      0.4672      0.3403      0.3881
 *     0.03      0.7815      0.4008      0.3404      0.5057
 *      0.1      2.4255      0.3581      0.4022      2.3009
 *      0.3      2.3287      0.3622      0.7111      2.5917
 *        1      3.1804    diverged      4.2307      2.3456
 *
 * No best lr lies on an edge of the grid.
 */
/* Colours of M. Okabe and K. Ito, which the colour-blind can tell apart. */
const compared_rule compared_rules[COMPARED_RULES] = {
    {"hinton", "RMSprop", 1e-3, "#0072b2", "1"},
    {"sgd", "SGD", 1e-1, "#d55e00", "(14,5)"},
    {"adagrad", "AdaGrad", 1e-2, "#009e73", "(6,4)"},
    {"adam", "Adam", 1e-3, "#cc79a7", "(2,3)"},
};

void compared_head(const char *first, int width)
{
    printf("%s", first);
    for (size_t r = 0; r < COMPARED_RULES; r++)
        printf("%*s", width, compared_rules[r].name);
    puts("");
}

void compared_cell(double number, bool is_best)
{
    char text[16] = "-";
    if (isfinite(number) && fabs(number) < 1e4)
        snprintf(text, sizeof text, "%s%.3f", is_best ? "*" : "", number);
    printf("%8s", text);
}
