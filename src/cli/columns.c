/* Prints tables with the columns that fit. The commands fill the cells. */
#include "cli/columns.h"

#include "cli/terminal.h"

#include <stdlib.h>

static size_t width_of(const table *of)
{
    size_t width = 0;
    for (size_t i = 0; i < of->count; i++)
        width += of->shown[i] ? (size_t)abs(of->columns[i].width) + (width > 0) : 0;
    return width;
}

/* The shown column that matters least; `count` where none may be left out. */
static size_t find_least(const table *of)
{
    size_t found = of->count;
    for (size_t i = 0; i < of->count; i++) {
        if (!of->shown[i] || of->columns[i].rank == 0)
            continue;
        if (found == of->count || of->columns[i].rank > of->columns[found].rank)
            found = i;
    }
    return found;
}

table table_fit(const table_column *columns, size_t count)
{
    table made = {.columns = columns, .count = count};
    for (size_t i = 0; i < count; i++)
        made.shown[i] = true;
    const size_t room = terminal_columns(stdout);
    size_t least;
    while (width_of(&made) > room && (least = find_least(&made)) < count)
        made.shown[least] = false;
    return made;
}

/* `cell` gives the text of a column. */
static void print_line(const table *of, const char *(*cell)(const table_column *, const char *),
                       table_cells cells)
{
    char line[TABLE_COLUMNS_MAX * (TABLE_CELL + 1) + 1] = "";
    size_t length = 0;
    for (size_t i = 0; i < of->count; i++) {
        if (!of->shown[i] || length >= sizeof line)
            continue;
        length +=
            (size_t)snprintf(line + length, sizeof line - length, "%s%*s", length > 0 ? " " : "",
                             of->columns[i].width, cell(&of->columns[i], cells ? cells[i] : ""));
    }
    length = length < sizeof line ? length : sizeof line - 1;
    while (length > 0 && line[length - 1] == ' ')
        length--;
    printf("%.*s\n", (int)length, line);
    fflush(stdout);
}

static const char *above_of(const table_column *column, const char *cell)
{
    (void)cell;
    return column->above;
}

static const char *head_of(const table_column *column, const char *cell)
{
    (void)cell;
    return column->head;
}

static const char *cell_of(const table_column *column, const char *cell)
{
    (void)column;
    return cell;
}

void table_print_heading(const table *of)
{
    if (of->columns[0].above)
        print_line(of, above_of, NULL);
    print_line(of, head_of, NULL);
}

void table_print_row(const table *of, table_cells cells)
{
    print_line(of, cell_of, cells);
}
