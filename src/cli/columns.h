/* Tables on standard output that never wrap: on a narrow terminal the columns that
 * matter less are left out. */
#ifndef CLSTEP_CLI_COLUMNS_H
#define CLSTEP_CLI_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS_MAX = 16, TABLE_CELL = 32 };

typedef struct table_column {
    const char *above; /* the first line of its heading; NULL in all: headings have one line */
    const char *head;
    int width; /* below 0: what stands in it begins at the left */
    int rank;  /* the column with the highest is the first to be left out; 0: never */
} table_column;

typedef struct table {
    const table_column *columns;
    size_t count;
    bool shown[TABLE_COLUMNS_MAX];
} table;

/* What a row has in each column. */
typedef char table_cells[TABLE_COLUMNS_MAX][TABLE_CELL];

/* A table with as many of the columns as stdout has room for. `columns` must last as long. */
table table_fit(const table_column *columns, size_t count);

void table_print_heading(const table *of);
void table_print_row(const table *of, table_cells cells);

#endif
