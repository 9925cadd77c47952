/* Walks the four rules through a valley of two weights, each with many learning rates at once. The
 * steps are the library's, on the device; the gradients of two weights are computed here. The
 * picture is valley_picture.c's. */
#include "cli/train/valley.h"

#include "cli/compiling.h"
#include "cli/output_file.h"
#include "cli/terminal.h"
#include "cli/train/trial.h"
#include "cli/train/valley_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double rates[VALLEY_RATES] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
                                           0.2,   0.5,   1,     2,    5,    10};
static const float start[2] = {-9, 2};

/* ---- the walk ------------------------------------------------------------------------------ */

static double distance(valley_point at)
{
    return hypot(at.x, at.y);
}

static int walk_rates(const trial *run, valley_point paths[VALLEY_RATES][VALLEY_STEPS + 1])
{
    float params[2 * VALLEY_RATES], grads[2 * VALLEY_RATES];
    int code = EXIT_OK;
    for (size_t step = 0; !code && step <= VALLEY_STEPS; step++) {
        code = trial_read(run, params);
        for (size_t i = 0; i < VALLEY_RATES; i++) {
            paths[i][step] = (valley_point){(double)params[2 * i], (double)params[2 * i + 1]};
            grads[2 * i] = (float)VALLEY_CURVATURE_X * params[2 * i];
            grads[2 * i + 1] = (float)VALLEY_CURVATURE_Y * params[2 * i + 1];
        }
        if (!code)
            code = buffer_write(run->place, run->grads, sizeof grads, grads);
        if (!code)
            code = trial_step(run);
    }
    return code;
}

static void judge(valley_table *table, size_t rule)
{
    size_t best = 0;
    for (size_t i = 0; i < VALLEY_RATES; i++) {
        double sum = 0;
        for (size_t step = 1; step <= VALLEY_STEPS; step++)
            sum += distance(table->paths[rule][i][step]) / VALLEY_STEPS;
        table->means[rule][i] = isfinite(sum) ? sum : INFINITY;
        if (table->means[rule][i] < table->means[rule][best])
            best = i;
    }
    table->best[rule] = best;
}

static int walk(const workplace *place, clstep_engine *engine, valley_table *table)
{
    int code = EXIT_OK;
    for (size_t r = 0; !code && r < COMPARED_RULES; r++) {
        trial run;
        compiling_begin(place);
        code = trial_open(&run, place, engine, compared_rules[r].preset, rates, VALLEY_RATES, start,
                          2);
        if (!code)
            code = walk_rates(&run, table->paths[r]);
        compiling_end();
        trial_close(&run);
        judge(table, r);
    }
    return code;
}

/* ---- what is printed ----------------------------------------------------------------------- */

static void print_table(const valley_table *table)
{
    print_sentence("Two weights go down into (%g x^2 + %g y^2) / 2 from x %g, y %g.",
                   VALLEY_CURVATURE_X, VALLEY_CURVATURE_Y, (double)start[0], (double)start[1]);
    printf("\nmean distance from the lowest point in\n%d steps, by learning rate\n",
           (int)VALLEY_STEPS);
    compared_head("   lr", 8);
    for (size_t i = 0; i < VALLEY_RATES; i++) {
        printf("%5g", rates[i]);
        for (size_t r = 0; r < COMPARED_RULES; r++)
            compared_cell(table->means[r][i], table->best[r] == i);
        puts("");
    }
    puts("*: the best of the rule; -: diverged\n\nrule         lr    mean  at the end");
    for (size_t r = 0; r < COMPARED_RULES; r++) {
        const size_t best = table->best[r];
        printf("%-8s%7g%8.3f%12.3f\n", compared_rules[r].name, rates[best], table->means[r][best],
               distance(table->paths[r][best][VALLEY_STEPS]));
    }
}

static int write_csv(const valley_table *table, const char *path)
{
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    fputs("rule,lr,step,x,y\n", file.stream);
    for (size_t r = 0; r < COMPARED_RULES; r++)
        for (size_t step = 0; step <= VALLEY_STEPS; step++) {
            const valley_point *at = &table->paths[r][table->best[r]][step];
            fprintf(file.stream, "%s,%g,%zu,%.6g,%.6g\n", compared_rules[r].name,
                    rates[table->best[r]], step, at->x, at->y);
        }
    return output_commit(&file);
}

int valley_train(const train_options *options)
{
    workplace place;
    clstep_engine *engine = NULL;
    valley_table *table = calloc(1, sizeof *table);
    if (!table)
        return complain_memory();
    table->rates = rates;
    int code = workplace_open(&place, options->device);
    if (!code)
        code = workplace_engine(&place, &engine);
    if (!code)
        code = walk(&place, engine, table);
    if (!code)
        print_table(table);
    if (!code && options->csv)
        code = write_csv(table, options->csv);
    if (!code && options->plot)
        code = valley_picture_write(table, options->plot);
    clstep_engine_destroy(engine);
    workplace_close(&place);
    free(table);
    return code;
}
