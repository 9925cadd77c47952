/*
 * A reader of JSON that goes once from front to back: for the header of a file, and for the
 * metadata of a checkpoint.
 *
 * jansson writes JSON here but does not read it, for two reasons. Its tree of a header at the
 * format's limit takes gigabytes. And if an allocation fails inside a text or a number, its lexer
 * (2.14, lex_save()) drops a byte silently, so that it reads other digits. tests/fuzz compares the
 * two readers.
 */
#ifndef CLSTEP_SAFETENSORS_JSON_H
#define CLSTEP_SAFETENSORS_JSON_H

#include <clstep/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The position of the reader. '\0' must follow the last byte. It allocates nothing: copy it to come
 * back to a position. */
typedef struct clstep__json {
    const char *begin;
    const char *next;
    const char *end;
    const char *fault; /* what is wrong at `next`; NULL for a plain syntax error */
} clstep__json;

/* Reads a character and the white space before it. If another character comes, reads only the white
 * space and returns false. */
bool clstep__json_take(clstep__json *json, char wanted);
bool clstep__json_peek(clstep__json *json, char wanted); /* without taking it */

/* Reads a word, such as null, and the white space before it. */
bool clstep__json_word(clstep__json *json, const char *word);

/* Whether only white space is left. */
bool clstep__json_ends(clstep__json *json);

/* Reads a text and resolves its escapes. `to` needs room for the bytes of the text in the source,
 * with its quotes. */
bool clstep__json_text(clstep__json *json, char *to, size_t *length);

/* Reads a whole number from 0 to 2^64-1. */
bool clstep__json_number(clstep__json *json, uint64_t *number);

/* Reads any number, correctly rounded; false also if it is beyond the range of double. */
bool clstep__json_real(clstep__json *json, double *number);

/* Reads a value of any kind. `scratch` needs room for the texts in it. */
bool clstep__json_skip(clstep__json *json, char *scratch);

/* Reads an object. Calls `member` for each member, with its key in `key`, which needs room for it;
 * `member` reads the value, and returns false to stop. */
typedef bool (*clstep__json_member)(clstep__json *json, const char *key, void *context);
bool clstep__json_object(clstep__json *json, char *key, clstep__json_member member, void *context);

/* The positions of the values of an object's members. */
typedef struct clstep__json_members {
    const char *const *names; /* of the members that are allowed; ends in NULL */
    clstep__json *values; /* for each name: where its value begins; `next` NULL: it is missing */
    char *scratch;        /* as `key`; afterwards it holds `bad_key` */
    const char *bad_key;  /* a key that is not allowed, or occurs twice */
    bool twice;
} clstep__json_members;

/* Reads an object and notes where its values are. False if it is no object or has a bad key. */
bool clstep__json_find(clstep__json *json, clstep__json_members *members);

/* Reads an array. Calls `element` at the beginning of each element, to read it. */
typedef bool (*clstep__json_element)(clstep__json *json, void *context);
bool clstep__json_array(clstep__json *json, clstep__json_element element, void *context);

/* CLSTEP_INVALID_FILE: at `next` the header breaks a rule of JSON or of the format. */
clstep_status clstep__json_failed(const clstep__json *json, const char *call);

#endif
