/* How wide what is printed may be. */
#ifndef CLSTEP_CLI_TERMINAL_H
#define CLSTEP_CLI_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/* The texts of --help fit this. */
enum { TERMINAL_COLUMNS_USUAL = 80 };

/* The columns of the terminal that `to` writes to: as the terminal says, else as the environment's
 * COLUMNS does, else TERMINAL_COLUMNS_USUAL. What is no terminal has COLUMNS, if that is set, and
 * else any number, SIZE_MAX. */
size_t terminal_columns(FILE *to);

/* Prints to stdout the words of `text` and a newline, from `column` on, in lines of at most
 * `columns` characters; all but the first begin with `indent` blanks. A longer word has a line of
 * its own. */
void print_wrapped(const char *text, size_t column, size_t indent, size_t columns);

/* The same for a sentence of its own, within the columns of stdout. */
void print_sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same behind `label`, which the other lines are indented by. */
void print_labelled(const char *label, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
