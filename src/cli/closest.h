/* "Did you mean": the known word that is nearest to a misspelt one. */
#ifndef CLSTEP_CLI_CLOSEST_H
#define CLSTEP_CLI_CLOSEST_H

#include <stddef.h>

enum { CLOSEST_TEXT = 128 };

typedef struct closest {
    const char *given;
    const char *word; /* the nearest so far, or NULL */
    size_t distance;  /* of that */
    char text[CLOSEST_TEXT];
} closest;

/* Begins the search for what `given` may have meant. */
closest closest_to(const char *given);

/* Offers a known word, which must last as long as the search. */
void closest_try(closest *search, const char *word);

/* The end of a message: ` (did you mean "WORD"?)`, with `before` in front of WORD; "" where no word
 * is near. Lives in `search`. */
const char *closest_text(closest *search, const char *before);

#endif
