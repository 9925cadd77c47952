/* Trains by four rules, or by each over a grid of learning rates, and prints tables. */
#include "cli/train/compare.h"

#include <math.h>
#include <stdio.h>

static const double grid[] = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1};
enum { GRID = sizeof grid / sizeof *grid };

static int run_entry(train_session *session, const train_plan *plan, const compared_rule *one,
                     double lr, curve *line, train_result *result)
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
        const compared_rule *one = &compared_rules[i];
        train_result result;
        snprintf(lines[i].name, sizeof lines[i].name, "%s", one->name);
        snprintf(lines[i].label, sizeof lines[i].label, "%s, lr %g", one->name, one->lr);
        int code = run_entry(session, plan, one, one->lr, &lines[i], &result);
        if (code || result.interrupted)
            return code;
        printf("%-8s %6g  %15.4f  %16.4f  %11.2f %%  %08x%s\n", one->name, one->lr,
               result.first_loss, result.last_loss, 100 * result.accuracy, result.checksum,
               result.diverged ? "  diverged" : "");
        fflush(stdout);
    }
    return EXIT_OK;
}

static void print_best(const compared_rule *one, const double *losses)
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
        int code = run_entry(session, plan, &compared_rules[i], grid[j], NULL, &result);
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
    printf("training loss of epoch %zu, by learning rate\n", plan->epochs);
    compared_head("      lr", 12);
    fflush(stdout);
    for (size_t j = 0; j < GRID; j++) {
        int code = sweep_row(session, plan, j, losses);
        if (code)
            return code;
    }
    for (size_t i = 0; i < COMPARED_RULES; i++)
        print_best(&compared_rules[i], losses[i]);
    return EXIT_OK;
}
