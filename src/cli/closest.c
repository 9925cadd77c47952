/* Finds the known word that is nearest to a misspelt one. The callers know the words:
 * commands, options, presets, models, values of options. */
#include "cli/closest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Longer words are not compared. A word that begins like another, or is its initials, is as near as
 * one with RELATED wrong letters. */
enum { WORD_MOST = 40, RELATED = 3 };

/* Case does not count, nor "_" for "-". */
static int letter(char given)
{
    return given == '_' ? '-' : tolower((unsigned char)given);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be added, removed, changed or swapped with the next (the optimal string
 * alignment distance). Both have at most WORD_MOST letters. */
static size_t count_edits(const char *a, const char *b)
{
    size_t rows[3][WORD_MOST + 1];
    const size_t length = strlen(b);
    for (size_t k = 0; k <= length; k++)
        rows[0][k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= length; k++) {
            const bool same = letter(a[i - 1]) == letter(b[k - 1]);
            row[k] = least(least(row[k - 1], above[k]) + 1, above[k - 1] + !same);
            if (i > 1 && k > 1 && letter(a[i - 1]) == letter(b[k - 2]) &&
                letter(a[i - 2]) == letter(b[k - 1]))
                row[k] = least(row[k], second[k - 2] + 1);
        }
    }
    return rows[strlen(a) % 3][length];
}

/* Whether `word` begins as `start` does, which has three letters or more: "eps", "epsilon". */
static bool begins(const char *word, const char *start)
{
    const size_t length = strlen(start);
    for (size_t i = 0; i < length; i++) {
        if (letter(word[i]) != letter(start[i]))
            return false;
    }
    return length >= 3;
}

/* Whether the letters are those that the parts of `word` begin with: "lr", "learning-rate". */
static bool are_initials(const char *letters, const char *word)
{
    size_t count = 0;
    for (size_t i = 0; word[i]; i++) {
        if (letter(word[i]) == '-' || (i > 0 && letter(word[i - 1]) != '-'))
            continue;
        if (letter(letters[count]) != letter(word[i]))
            return false;
        count++;
    }
    return count >= 2 && letters[count] == '\0';
}

closest closest_to(const char *given)
{
    return (closest){.given = given};
}

void closest_try(closest *search, const char *word)
{
    const char *given = search->given;
    const size_t length = strlen(given);
    if (length == 0 || length > WORD_MOST || strlen(word) > WORD_MOST)
        return;
    size_t distance = count_edits(given, word);
    if (3 * distance > length + 1) { /* a third of the letters may be wrong */
        if (!begins(word, given) && !begins(given, word) && !are_initials(word, given) &&
            !are_initials(given, word))
            return;
        distance = RELATED;
    }
    if (search->word && search->distance <= distance)
        return;
    search->word = word;
    search->distance = distance;
}

const char *closest_text(closest *search, const char *before)
{
    if (!search->word)
        return "";
    snprintf(search->text, sizeof search->text, " (did you mean \"%s%s\"?)", before, search->word);
    return search->text;
}
