/* The rules that are measured, and the dtypes of what they update. */
#ifndef CLSTEP_CLI_BENCH_WORKLOADS_H
#define CLSTEP_CLI_BENCH_WORKLOADS_H

#include "cli/rule_options.h"

/* A rule with the types that it is measured with. */
typedef struct bench_workload {
    char name[96];
    clstep_rule rule;
    size_t states;            /* arrays per element */
    clstep_dtype param, grad; /* fp32 or bf16 */
    clstep_dtype state;       /* fp32, bf16 or 8 bits */
} bench_workload;

enum { BENCH_WORKLOADS_MAX = 64 };

/* Reads --formats into a bit for each format; fp32 if `text` is NULL. An exit code; says what is
 * wrong. */
int bench_formats_read(const char *text, unsigned *formats);

/* The workloads of the chosen rule, or of all rules if none was chosen, in these formats; at most
 * BENCH_WORKLOADS_MAX. An exit code; says what is wrong. */
int bench_workloads_make(const rule_choice *choice, unsigned formats, bench_workload *workloads,
                         size_t *count);

bool bench_workload_is_fp32(const bench_workload *workload);
/* The same rule with all in fp32. */
bench_workload bench_workload_in_fp32(const bench_workload *workload);

/* Whether it is v = rho v + (1 - rho) g^2, p = p - lr g / sqrt(v + eps) in fp32, eps inside the
 * root or not. */
bool bench_workload_is_plain(const bench_workload *workload);

#endif
