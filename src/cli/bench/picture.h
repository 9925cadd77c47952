/* The picture of what was measured, drawn by gnuplot. */
#ifndef CLSTEP_CLI_BENCH_PICTURE_H
#define CLSTEP_CLI_BENCH_PICTURE_H

#include "cli/bench/result.h"

/* On the left a roofline: elements a second by elements a byte, below the limit of memory. On the
 * right GB/s by size if there are several flat models, else the share of each row. An exit code. */
int bench_picture_write(const bench_results *results, const clstep_device_info *device,
                        const char *path);

#endif
