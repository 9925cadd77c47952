/* A growing string with a sticky error: append freely, check once. */
#ifndef CLSTEP_BASE_TEXT_H
#define CLSTEP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}. `bytes` is NULL or ends in '\0'; after a failed allocation `failed` is set, what
 * was there stays, and appending does nothing. */
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

/* A number for a message: by the fewest digits, from 6 on, that give it again (an fp32 number
 * as such); "NaN" without a sign. */
enum { CLSTEP__NUMBER_SIZE = 32 };
const char *clstep__number(double value, char text[CLSTEP__NUMBER_SIZE]);

#endif
