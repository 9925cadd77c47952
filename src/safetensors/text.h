/* Names: whether they are UTF-8, how they look in a message, and finding one among many. */
#ifndef CLSTEP_SAFETENSORS_TEXT_H
#define CLSTEP_SAFETENSORS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the well-formed character that begins here, 0 if none does. '\0' is one. */
size_t clstep__utf8_length(const char *text);

bool clstep__is_utf8(const char *text);

/* A name for a message: no control characters, and not longer than a sentence bears. */
typedef struct clstep__shown {
    char text[100];
} clstep__shown;

clstep__shown clstep__show(const char *name);

/* Turns control characters, and what is no character at all, into '?'. */
void clstep__make_printable(char *text);

/* A name and the place in an array of what it names; sorted by name to be searched. */
typedef struct clstep__name {
    const char *name;
    size_t index;
} clstep__name;

/* Sorts, and returns a name that is there twice, NULL if there is none. */
const char *clstep__names_sort(clstep__name *names, size_t count);

/* The index of a name, SIZE_MAX where it is not among the sorted ones. */
size_t clstep__names_find(const clstep__name *names, size_t count, const char *name);

#endif
