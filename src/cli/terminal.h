/* The width of the terminal, and sentences that fit it. */
#ifndef CLSTEP_CLI_TERMINAL_H
#define CLSTEP_CLI_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/* Every text of --help fits this width. */
enum { TERMINAL_COLUMNS_USUAL = 80 };

/* The columns of the terminal that `to` writes to: as the terminal says, else as the environment's
 * COLUMNS does, else TERMINAL_COLUMNS_USUAL. Files and pipes have COLUMNS if it is set, else
 * SIZE_MAX. */
size_t terminal_columns(FILE *to);

/* Prints to stdout the words of `text` and a newline, from `column` on, in lines of at most
 * `columns` characters; all but the first begin with `indent` blanks. A longer word has a line of
 * its own. */
void print_wrapped(const char *text, size_t column, size_t indent, size_t columns);

/* Prints a sentence to stdout, broken between words to fit it. */
void print_sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same behind `label`; further lines are indented by its length. */
void print_labelled(const char *label, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
