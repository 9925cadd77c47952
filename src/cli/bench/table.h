/* What `clstep bench` prints for people. */
#ifndef CLSTEP_CLI_BENCH_TABLE_H
#define CLSTEP_CLI_BENCH_TABLE_H

#include "cli/bench/result.h"

void bench_print_machine(const clstep_device_info *device);
void bench_print_heading(const bench_model *model, bool own_buffers);
void bench_print_row(const bench_result *result);
/* What the columns are, and that rows measured caches where they did. */
void bench_print_legend(const bench_results *results);

/* Warns of loads whose limit moved by more than a tenth, within a row or between rows. */
void bench_warn_of_drift(const bench_results *results);

#endif
