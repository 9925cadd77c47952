/* The options of `clstep bench`. */
#ifndef CLSTEP_CLI_BENCH_OPTIONS_H
#define CLSTEP_CLI_BENCH_OPTIONS_H

#include "cli/bench/models.h"
#include "cli/bench/workloads.h"

enum { BENCH_MODELS_MAX = 64 };

typedef enum bench_mode { BENCH_ROWS, BENCH_HOST, BENCH_START, BENCH_LIST } bench_mode;

typedef struct bench_options {
    bool help; /* nothing is to be measured */
    bench_mode mode;
    bench_model models[BENCH_MODELS_MAX];
    size_t model_count;
    bench_workload workloads[BENCH_WORKLOADS_MAX];
    size_t workload_count;
    bool own_buffers;
    bool peers;
    size_t rounds; /* 0: as many as are good */
    clstep_engine_options launch;
    const char *device;
    bool json;
    const char *csv;
    const char *plot;
} bench_options;

/* Returns an exit code and has said what is wrong. Free what was parsed, or failed to be. */
int bench_options_parse(bench_options *options, int argc, char **argv);
void bench_options_free(bench_options *options);
void bench_options_help(void);

#endif
