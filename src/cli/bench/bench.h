/* `clstep bench`: the speed of updates against the memory-bound limit. */
#ifndef CLSTEP_CLI_BENCH_BENCH_H
#define CLSTEP_CLI_BENCH_BENCH_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_bench(int argc, char **argv);

#endif
