/* What `clstep bench` measures instead of rows; each returns an exit code. */
#ifndef CLSTEP_CLI_BENCH_MODES_H
#define CLSTEP_CLI_BENCH_MODES_H

#include "cli/bench/options.h"

int bench_host(const bench_options *options, const workplace *place);
int bench_start(const bench_options *options);

/* Needs no device. */
int bench_list_models(const bench_options *options);

#endif
