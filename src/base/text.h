/* A growing string with a sticky error: append freely, check once. */
#ifndef CLSTEP_BASE_TEXT_H
#define CLSTEP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as {0}. `bytes` is NULL or ends in '\0'. After a failed allocation `failed` is set, the
 * text stays as it was, and appending does nothing. */
typedef struct clstep__text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
} clstep__text;

void clstep__text_append(clstep__text *text, const char *bytes, size_t length);
void clstep__text_format(clstep__text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void clstep__text_free(clstep__text *text);

/* Writes a number for a message: with the fewest digits, at least 6, from which it can be read
 * back (an fp32 number as fp32); "NaN" without a sign. */
enum { CLSTEP__NUMBER_SIZE = 32 };
const char *clstep__number(double value, char text[CLSTEP__NUMBER_SIZE]);

/* What a noun behind the count ends in: "" for 1, else "s". */
const char *clstep__plural(uint64_t count);

#endif
