/* The picture of what was measured, drawn by gnuplot. */
#ifndef CLSTEP_CLI_BENCH_PICTURE_H
#define CLSTEP_CLI_BENCH_PICTURE_H

#include "cli/bench/result.h"

/* Left a roofline: elements a second by elements a byte, beneath the memory's limit. Right the GB/s
 * by the size of flat models where there are several, else the share of every row. An exit code. */
int bench_picture_write(const bench_results *results, const clstep_device_info *device,
                        const char *path);

#endif
