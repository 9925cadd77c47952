/* A row: an update, timed in rounds beside its limit and what it is compared with. */
#ifndef CLSTEP_CLI_BENCH_ROW_H
#define CLSTEP_CLI_BENCH_ROW_H

#include "cli/bench/options.h"
#include "cli/bench/result.h"

/* Adds the results of the update and, with --peers, of what was measured beside it. An exit code.
 */
int bench_row_measure(const bench_options *options, const workplace *place,
                      const bench_model *model, const bench_workload *workload,
                      bench_results *results);

#endif
