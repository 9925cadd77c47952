/*
 * Reading JSON once from front to back: the header of a file, and the entry of a checkpoint.
 *
 * jansson, which writes JSON here, does not read it: its tree of a header at the format's limit
 * takes gigabytes, and where an allocation fails within a text or a number, its lexer (2.14,
 * lex_save()) drops a byte without a word, so that other digits are read. tests/fuzz compares the
 * two.
 */
#ifndef CLSTEP_SAFETENSORS_JSON_H
#define CLSTEP_SAFETENSORS_JSON_H

#include <clstep/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the reading is. '\0' must follow the last byte. Nothing is allocated: a copy goes back. */
typedef struct clstep__json {
    const char *begin;
    const char *next;
    const char *end;
    const char *fault; /* what is wrong with the text at `next`, NULL for mere syntax */
} clstep__json;

/* Takes a character, and the white space before it. Nothing but white space is taken if another
 * comes. */
bool clstep__json_take(clstep__json *json, char wanted);
bool clstep__json_peek(clstep__json *json, char wanted); /* without taking it */

/* Takes a word, such as null, and the white space before it. */
bool clstep__json_word(clstep__json *json, const char *word);

/* Whether only white space is left. */
bool clstep__json_ends(clstep__json *json);

/* Takes a text and undoes its escapes. `to` has room for the bytes it takes, quotes included. */
bool clstep__json_text(clstep__json *json, char *to, size_t *length);

/* Takes a whole number from 0 to 2^64-1. */
bool clstep__json_number(clstep__json *json, uint64_t *number);

/* Takes any number, correctly rounded; false for one beyond double's range too. */
bool clstep__json_real(clstep__json *json, double *number);

/* Takes a value of any kind. `scratch` has room for the bytes that texts in it take. */
bool clstep__json_skip(clstep__json *json, char *scratch);

/* Takes an object: `member` is called for every member, with its key in `key` (which has room for
 * the bytes that it takes), takes its value, and returns false to end it. */
typedef bool (*clstep__json_member)(clstep__json *json, const char *key, void *context);
bool clstep__json_object(clstep__json *json, char *key, clstep__json_member member, void *context);

/* Where the values of an object's members are. */
typedef struct clstep__json_members {
    const char *const *names; /* of the members that there may be; ends in NULL */
    clstep__json *values;     /* one for each: where its value begins, `next` NULL without one */
    char *scratch;            /* as `key`; holds `odd` afterwards */
    const char *odd;          /* a key that is not among the names, or is there twice */
    bool twice;
} clstep__json_members;

/* Takes an object and notes where its values are. False for what is no object, and where there is
 * an odd key. */
bool clstep__json_find(clstep__json *json, clstep__json_members *members);

/* Takes an array: `element` is called where the next one begins, and takes it. */
typedef bool (*clstep__json_element)(clstep__json *json, void *context);
bool clstep__json_array(clstep__json *json, clstep__json_element element, void *context);

/* CLSTEP_INVALID_FILE: what is at `next` in the header is not what JSON, or the format, has there.
 */
clstep_status clstep__json_failed(const clstep__json *json, const char *call);

#endif
