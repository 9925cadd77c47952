/*
 * The JSON of a header: objects, texts and whole numbers, read once from front to back.
 *
 * jansson, which reads and writes all other JSON here, is not used for it: its tree of a header at
 * the format's limit takes gigabytes, and where an allocation fails within a long text, its lexer
 * (2.14, lex_save()) drops a byte without a word. tests/fuzz/safetensors.c compares the two.
 */
#ifndef CLSTEP_SAFETENSORS_JSON_H
#define CLSTEP_SAFETENSORS_JSON_H

#include <clstep/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the reading is. '\0' must follow the last byte. */
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

/* Takes a text and undoes its escapes. `to` has room for the bytes it takes, quotes included. */
bool clstep__json_text(clstep__json *json, char *to, size_t *length);

/* Takes a whole number from 0 to 2^64-1. */
bool clstep__json_number(clstep__json *json, uint64_t *number);

/* CLSTEP_INVALID_FILE: what is at `next` is not what JSON, or the format, has there. */
clstep_status clstep__json_failed(const clstep__json *json, const char *call);

#endif
