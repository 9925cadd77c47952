/* Finds the best learning rate of each rule on the moving task, then compares the rules at their
 * best with other seeds. The task is drift_task.c's, the picture drift_picture.c's. */
#include "cli/train/drift.h"

#include "cli/output_file.h"
#include "cli/terminal.h"
#include "cli/train/drift_picture.h"
#include "cli/train/drift_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double rates[DRIFT_RATES] = {1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3, 10, 30};

/* ---- the sweep ----------------------------------------------------------------------------- */

static int sweep_rule(const drift_task *task, size_t rule, drift_table *table)
{
    drift_result results[DRIFT_RATES];
    char what[64];
    snprintf(what, sizeof what, "%s, %d rates", compared_rules[rule].name, (int)DRIFT_RATES);
    int code = drift_run(task, compared_rules[rule].preset, what, rates, DRIFT_RATES, results);
    size_t best = DRIFT_RATES;
    for (size_t i = 0; !code && i < DRIFT_RATES; i++) {
        table->sweep[rule][i] = results[i].mean;
        if (isfinite(results[i].mean) &&
            (best == DRIFT_RATES || results[i].mean < results[best].mean))
            best = i;
    }
    if (!code && best == DRIFT_RATES)
        return complain(EXIT_FAILED, "%s diverged with every learning rate",
                        compared_rules[rule].name);
    table->best[rule] = best;
    return code;
}

static void print_sweep(const drift_table *table)
{
    puts("\ndistance from the targets by learning\nrate (0: on them, 1: never moved)");
    compared_head("   lr", 8);
    for (size_t i = 0; i < DRIFT_RATES; i++) {
        printf("%5g", table->rates[i]);
        for (size_t r = 0; r < COMPARED_RULES; r++)
            compared_cell(table->sweep[r][i], table->best[r] == i);
        puts("");
    }
    puts("*: the best of the rule; -: diverged");
    fflush(stdout);
}

static int sweep(drift_task *task, drift_table *table)
{
    int code = EXIT_OK;
    for (size_t r = 0; !code && r < COMPARED_RULES; r++)
        code = sweep_rule(task, r, table);
    if (!code)
        print_sweep(table);
    return code;
}

/* ---- the comparison ------------------------------------------------------------------------ */

static int compare(drift_task *task, drift_table *table)
{
    int code = EXIT_OK;
    for (size_t r = 0; !code && r < COMPARED_RULES; r++)
        code = drift_run(task, compared_rules[r].preset, compared_rules[r].name,
                         &table->rates[table->best[r]], 1, table->results[r]);
    if (code)
        return code;
    printf("\ndistance with %d seeds\nrule         lr    mean  lowest highest\n", (int)DRIFT_SEEDS);
    for (size_t r = 0; r < COMPARED_RULES; r++) {
        const drift_result *results = table->results[r];
        double sum = 0, least = results[0].mean, most = results[0].mean;
        for (size_t s = 0; s < DRIFT_SEEDS; s++) {
            sum += results[s].mean;
            least = fmin(least, results[s].mean);
            most = fmax(most, results[s].mean);
        }
        printf("%-8s%7g%8.3f%8.3f%8.3f\n", compared_rules[r].name, table->rates[table->best[r]],
               sum / DRIFT_SEEDS, least, most);
    }
    return EXIT_OK;
}

static int write_csv(const drift_table *table, uint64_t seed, const char *path)
{
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    fputs("rule,lr,seed,step,distance\n", file.stream);
    for (size_t r = 0; r < COMPARED_RULES; r++)
        for (size_t s = 0; s < DRIFT_SEEDS; s++)
            for (size_t i = 0; i < DRIFT_SAMPLES; i++)
                fprintf(file.stream, "%s,%g,%" PRIu64 ",%zu,%.6g\n", compared_rules[r].name,
                        table->rates[table->best[r]], seed + s,
                        (i + 1) * (DRIFT_STEPS / DRIFT_SAMPLES), table->results[r][s].samples[i]);
    return output_commit(&file);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int run(const workplace *place, clstep_engine *engine, uint64_t seed, drift_table *table)
{
    progress bar = progress_start();
    drift_task task;
    int code = drift_open(&task, place, engine, &bar, seed + DRIFT_SEEDS, 1);
    if (!code)
        code = sweep(&task, table);
    drift_close(&task);
    if (code)
        return code;
    code = drift_open(&task, place, engine, &bar, seed, DRIFT_SEEDS);
    if (!code)
        code = compare(&task, table);
    drift_close(&task);
    return code;
}

static void print_task(uint64_t seed)
{
    print_sentence(
        "%d weights follow targets that move, for %d steps. The sizes of their gradients "
        "differ, from 0.01 to 100, and change. Seeds %" PRIu64 " to %" PRIu64 "; seed %" PRIu64
        " for the learning rates.",
        (int)DRIFT_WEIGHTS, (int)DRIFT_STEPS, seed, seed + DRIFT_SEEDS - 1, seed + DRIFT_SEEDS);
    fflush(stdout);
}

int drift_train(const train_options *options)
{
    workplace place;
    clstep_engine *engine = NULL;
    drift_table *table = calloc(1, sizeof *table);
    if (!table)
        return complain_memory();
    table->rates = rates;
    int code = workplace_open(&place, options->device);
    if (!code)
        code = workplace_engine(&place, &engine);
    if (!code) {
        print_task(options->seed);
        code = run(&place, engine, options->seed, table);
    }
    if (!code && options->csv)
        code = write_csv(table, options->seed, options->csv);
    if (!code && options->plot)
        code = drift_picture_write(table, options->plot);
    clstep_engine_destroy(engine);
    workplace_close(&place);
    free(table);
    return code;
}
