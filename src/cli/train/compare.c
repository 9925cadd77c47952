/* Trains by four rules, or by each over a grid of learning rates, and prints tables. */
#include "cli/train/compare.h"

#include "cli/columns.h"
#include "cli/terminal.h"

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

enum { RULE, LR, FIRST_LOSS, LAST_LOSS, ACCURACY, CRC, COLUMNS };

static const table_column columns[COLUMNS] = {
    [RULE] = {"", "rule", -7, 0},
    [LR] = {"", "lr", 5, 0},
    [FIRST_LOSS] = {"loss of", "epoch 1", 8, 2},
    [LAST_LOSS] = {"loss of", "the last", 8, 0},
    [ACCURACY] = {"test", "accuracy", 8, 0},
    [CRC] = {"", "CRC-32", 8, 1},
};

static void print_result(const compared_rule *one, const train_result *result, bool is_first)
{
    const table rows = table_fit(columns, COLUMNS);
    table_cells cells;
    if (is_first)
        table_print_heading(&rows);
    snprintf(cells[RULE], TABLE_CELL, "%s", one->name);
    snprintf(cells[LR], TABLE_CELL, "%g", one->lr);
    snprintf(cells[FIRST_LOSS], TABLE_CELL, "%.4f", result->first_loss);
    snprintf(cells[LAST_LOSS], TABLE_CELL, "%.4f", result->last_loss);
    if (result->diverged)
        snprintf(cells[ACCURACY], TABLE_CELL, "diverged");
    else
        snprintf(cells[ACCURACY], TABLE_CELL, "%.2f %%", 100 * result->accuracy);
    snprintf(cells[CRC], TABLE_CELL, "%08x", result->checksum);
    table_print_row(&rows, cells);
}

int compare_rules(train_session *session, const train_plan *plan, curve lines[COMPARED_RULES])
{
    for (size_t i = 0; i < COMPARED_RULES; i++) {
        const compared_rule *one = &compared_rules[i];
        train_result result;
        snprintf(lines[i].name, sizeof lines[i].name, "%s", one->name);
        snprintf(lines[i].label, sizeof lines[i].label, "%s, lr %g", one->name, one->lr);
        int code = run_entry(session, plan, one, one->lr, &lines[i], &result);
        if (code || result.interrupted)
            return code;
        print_result(one, &result, i == 0);
    }
    return EXIT_OK;
}

static void print_best(const compared_rule *one, const double *losses)
{
    size_t best = 0;
    for (size_t i = 1; i < GRID; i++)
        if (!(losses[best] <= losses[i]) && isfinite(losses[i]))
            best = i;
    print_labelled("best for ", "%-8s lr %-6g loss %.4f%s", one->name, grid[best], losses[best],
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
    printf("%6g", grid[j]);
    for (size_t i = 0; i < COMPARED_RULES; i++) {
        char cell[16] = "-";
        if (!isnan(losses[i][j]))
            snprintf(cell, sizeof cell, losses[i][j] < 100 ? "%.4f" : "%.2g", losses[i][j]);
        printf(" %7s", cell);
    }
    putchar('\n');
    fflush(stdout);
    return EXIT_OK;
}

int sweep_rules(train_session *session, const train_plan *plan)
{
    double losses[COMPARED_RULES][GRID];
    print_sentence("training loss of epoch %zu, by learning rate (-: diverged)", plan->epochs);
    compared_head("    lr", 8);
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
