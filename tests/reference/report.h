/* The results of the rows, as a table for people and as Markdown. Only the latter has a row's
 * switches and how it was run. */
#ifndef TESTS_REFERENCE_REPORT_H
#define TESTS_REFERENCE_REPORT_H

#include "judge.h"

#include <stdio.h>

/* The rows of a file. */
typedef struct {
    char framework[TEXT_MAX];
    char cpu[TEXT_MAX];
    char command[TEXT_MAX];
    result *results;
    size_t count;
} section;

/* The head of the table. */
void print_device(const workplace *on);
void print_section(const section *of);
void print_sum(const workplace *on, const section *sections, size_t count);

/* The whole of docs/exactness.md. */
void write_markdown(FILE *to, const section *sections, size_t count);

/* Complains about presets whose `checked` is not what the rows show. */
void check_claims(const section *sections, size_t count);

#endif
