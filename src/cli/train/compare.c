/* Trains by four rules, or by each over a grid of learning rates, and prints tables. */
#include "cli/train/compare.h"

#include <math.h>
#include <stdio.h>

typedef struct entry {
    const char *preset;
    const char *name;
    double lr;
} entry;

/*
 * Each lr is the one with the least training loss in `clstep train --sweep` as it is by default:
 * two epochs on Fashion-MNIST, 784-256-128-10, batches of 128, constant lr, seed 2 (the
 * comparison's is 1), on PoCL 3.1. Mean training loss of the second epoch:
 *
 *       lr     RMSprop         SGD     AdaGrad        Adam
 *    1e-05      0.6971      2.9148      2.4263      0.7645
 *    3e-05      0.5051      2.4963      1.5610      0.5367
 *   0.0001      0.4034      1.7493      0.8400      0.4126
 *   0.0003      0.3630      1.1416      0.5669      0.3595
 *    0.001      0.3530      0.7748      0.4247      0.3389
 *    0.003      0.3824      0.5916      0.3618      0.3491
 *     0.01      0.4881      0.4672      0.3403      0.3881
 *     0.03      0.7815      0.4008      0.3404      0.5057
 *      0.1      2.4255      0.3581      0.4022      2.3009
 *      0.3      2.3287      0.3622      0.7111      2.5917
 *        1      3.1804    diverged      4.2307      2.3456
 *
 * No best lr lies on an edge of the grid.
 */
static const entry entries[COMPARED_RULES] = {
    {"hinton", "RMSprop", 1e-3},
    {"sgd", "SGD", 1e-1},
    {"adagrad", "AdaGrad", 1e-2},
    {"adam", "Adam", 1e-3},
};

static const double grid[] = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1};
enum { GRID = sizeof grid / sizeof *grid };

static int run_entry(train_session *session, const train_plan *plan, const entry *one, double lr,
                     curve *line, train_result *result)
{
    train_plan own = *plan;
    own.name = one->name;
    own.table = false;
    own.schedule.lr = lr;
    own.rule = (clstep_rule)CLSTEP_RULE_INIT;
    clstep_status status = clstep_rule_preset(&own.rule, one->preset);
    return status == CLSTEP_OK ? train_run(session, &own, line, result) : complain_status(status);
}

int compare_rules(train_session *session, const train_plan *plan, curve lines[COMPARED_RULES])
{
    puts("rule         lr  loss of epoch 1  loss of the last  test accuracy  CRC-32");
    for (size_t i = 0; i < COMPARED_RULES; i++) {
        const entry *one = &entries[i];
        train_result result;
        snprintf(lines[i].name, sizeof lines[i].name, "%s", one->name);
        snprintf(lines[i].label, sizeof lines[i].label, "%s, lr %g", one->name, one->lr);
        int code = run_entry(session, plan, one, one->lr, &lines[i], &result);
        if (code)
            return code;
        printf("%-8s %6g  %15.4f  %16.4f  %11.2f %%  %08x%s\n", one->name, one->lr,
               result.first_loss, result.last_loss, 100 * result.accuracy, result.checksum,
               result.diverged ? "  diverged" : "");
        fflush(stdout);
    }
    return EXIT_OK;
}

static void print_best(const entry *one, const double *losses)
{
    size_t best = 0;
    for (size_t i = 1; i < GRID; i++)
        if (!(losses[best] <= losses[i]) && isfinite(losses[i]))
            best = i;
    printf("best for %-8s lr %-6g loss %.4f%s\n", one->name, grid[best], losses[best],
           best == 0 || best == GRID - 1 ? "  (at the edge of the grid)" : "");
}

/* Printed as a whole, since progress bars go over the line in between. */
static int sweep_row(train_session *session, const train_plan *plan, size_t j,
                     double losses[COMPARED_RULES][GRID])
{
    for (size_t i = 0; i < COMPARED_RULES; i++) {
        train_result result;
        int code = run_entry(session, plan, &entries[i], grid[j], NULL, &result);
        if (code)
            return code;
        losses[i][j] = result.diverged ? NAN : result.last_loss;
    }
    printf("%8g", grid[j]);
    for (size_t i = 0; i < COMPARED_RULES; i++)
        if (isnan(losses[i][j]))
            printf("  %10s", "diverged");
        else
            printf("  %10.4f", losses[i][j]);
    putchar('\n');
    fflush(stdout);
    return EXIT_OK;
}

int sweep_rules(train_session *session, const train_plan *plan)
{
    double losses[COMPARED_RULES][GRID];
    printf("training loss of epoch %zu\n      lr", plan->epochs);
    for (size_t i = 0; i < COMPARED_RULES; i++)
        printf("  %10s", entries[i].name);
    putchar('\n');
    fflush(stdout);
    for (size_t j = 0; j < GRID; j++) {
        int code = sweep_row(session, plan, j, losses);
        if (code)
            return code;
    }
    for (size_t i = 0; i < COMPARED_RULES; i++)
        print_best(&entries[i], losses[i]);
    return EXIT_OK;
}
