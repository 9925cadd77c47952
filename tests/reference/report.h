/* What came of the rows, as a table for people and as Markdown. */
#ifndef TESTS_REFERENCE_REPORT_H
#define TESTS_REFERENCE_REPORT_H

#include "judge.h"

#include <stdio.h>

typedef struct {
    row of;
    verdict scalar;
    verdict device;
} result;

/* The rows of a file. */
typedef struct {
    char framework[TEXT_MAX];
    char cpu[TEXT_MAX];
    char command[TEXT_MAX];
    result *results;
    size_t count;
} section;

void print_section(const section *of);
void print_sum(const section *sections, size_t count);

/* The whole of docs/exactness.md. */
void write_markdown(FILE *to, const section *sections, size_t count);

/* Complains about presets whose `checked` is not what the rows show. */
void check_claims(const section *sections, size_t count);

#endif
