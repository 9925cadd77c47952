/* Names: checks that they are UTF-8, makes them fit for messages, and finds them. */
#ifndef CLSTEP_SAFETENSORS_TEXT_H
#define CLSTEP_SAFETENSORS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the well-formed character that begins here; 0 if there is none. '\0' is one. */
size_t clstep__utf8_length(const char *text);

bool clstep__is_utf8(const char *text);

/* A name for a message: without control characters, and not too long for a sentence. */
typedef struct clstep__shown {
    char text[100];
} clstep__shown;

clstep__shown clstep__show(const char *name);

/* Replaces control characters and malformed bytes by '?'. */
void clstep__make_printable(char *text);

/* A name, and the index of the element that it names; to be sorted and searched. */
typedef struct clstep__name {
    const char *name;
    size_t index;
} clstep__name;

/* Sorts; returns a name that occurs twice, NULL if there is none. */
const char *clstep__names_sort(clstep__name *names, size_t count);

/* The index of a name among sorted ones; SIZE_MAX if it is not there. */
size_t clstep__names_find(const clstep__name *names, size_t count, const char *name);

#endif
