/* `clstep bench --host`: what a step costs the host. */
#ifndef CLSTEP_CLI_BENCH_HOST_H
#define CLSTEP_CLI_BENCH_HOST_H

#include "cli/bench/options.h"
#include "cli/workplace.h"

/* Measures and prints; an exit code. */
int bench_host(const bench_options *options, const workplace *place);

#endif
