/* `clstep bench --start`: the first step of this process, in parts. */
#ifndef CLSTEP_CLI_BENCH_START_H
#define CLSTEP_CLI_BENCH_START_H

#include "cli/bench/options.h"

/* Opens a device of its own, measures and prints; an exit code. */
int bench_start(const bench_options *options);

#endif
