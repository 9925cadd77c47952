/* Reads JSON. The callers interpret the values. */
#include "safetensors/json.h"

#include "safetensors/error.h"
#include "safetensors/text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 8, /* before the header */
    DEPTH_MOST = 32,
    NUMBER_MOST = 128 /* characters of a real number */
};

static void skip_space(clstep__json *json)
{
    while (*json->next == ' ' || *json->next == '\t' || *json->next == '\n' || *json->next == '\r')
        json->next++;
}

bool clstep__json_peek(clstep__json *json, char wanted)
{
    skip_space(json);
    return json->next != json->end && *json->next == wanted;
}

bool clstep__json_take(clstep__json *json, char wanted)
{
    if (!clstep__json_peek(json, wanted))
        return false;
    json->next++;
    return true;
}

bool clstep__json_word(clstep__json *json, const char *word)
{
    const size_t length = strlen(word);
    skip_space(json);
    if (strncmp(json->next, word, length) != 0)
        return false;
    json->next += length;
    return true;
}

bool clstep__json_ends(clstep__json *json)
{
    skip_space(json);
    return json->next == json->end;
}

/* ---- texts */

/* Reads the four hexadecimal digits of an escape; -1 if there are none. */
static int32_t take_hex(clstep__json *json)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const char digit = *json->next;
        if (digit >= '0' && digit <= '9')
            value = 16 * value + (digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = 16 * value + (digit - 'a' + 10);
        else if (digit >= 'A' && digit <= 'F')
            value = 16 * value + (digit - 'A' + 10);
        else
            return -1;
        json->next++;
    }
    return value;
}

/* Reads the character after "\u"; -1 if there is none. Characters beyond U+FFFF have two halves. */
static int32_t take_code(clstep__json *json)
{
    const int32_t high = take_hex(json);
    if (high == 0)
        json->fault = "has a \\u0000 in a text";
    if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return -1;
    if (high < 0xD800 || high > 0xDBFF)
        return high;
    if (json->next[0] != '\\' || json->next[1] != 'u')
        return -1;
    json->next += 2;
    const int32_t low = take_hex(json);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    return 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
}

static size_t put_code(char *to, int32_t code)
{
    size_t length = 0;
    if (code < 0x80) {
        to[length++] = (char)code;
    } else if (code < 0x800) {
        to[length++] = (char)(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        to[length++] = (char)(0xE0 | code >> 12);
        to[length++] = (char)(0x80 | (code >> 6 & 0x3F));
    } else {
        to[length++] = (char)(0xF0 | code >> 18);
        to[length++] = (char)(0x80 | (code >> 12 & 0x3F));
        to[length++] = (char)(0x80 | (code >> 6 & 0x3F));
    }
    if (code >= 0x80)
        to[length++] = (char)(0x80 | (code & 0x3F));
    return length;
}

/* Reads the rest of an escape, after its backslash. Returns the bytes written, 0 if it is no
 * escape.
 */
static size_t take_escape(clstep__json *json, char *to)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char letter = *json->next;
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        *to = meanings[known - letters];
        json->next++;
        return 1;
    }
    if (letter != 'u')
        return 0;
    json->next++;
    const int32_t code = take_code(json);
    return code < 0 ? 0 : put_code(to, code);
}

/* Reads one character of a text, escaped or not. Returns the bytes written, 0 on a fault. */
static size_t take_character(clstep__json *json, char *to)
{
    if ((unsigned char)*json->next < 0x20) /* '\0', the end, too */
        return 0;
    if (*json->next == '\\') {
        json->next++;
        return take_escape(json, to);
    }
    const size_t length = clstep__utf8_length(json->next);
    if (length == 0)
        json->fault = "is not UTF-8";
    memcpy(to, json->next, length);
    json->next += length;
    return length;
}

bool clstep__json_text(clstep__json *json, char *to, size_t *length)
{
    *length = 0;
    if (!clstep__json_take(json, '"'))
        return false;
    while (*json->next != '"') {
        const size_t put = take_character(json, to + *length);
        if (put == 0)
            return false;
        *length += put;
    }
    json->next++;
    to[*length] = '\0';
    return true;
}

/* ---- numbers */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool clstep__json_number(clstep__json *json, uint64_t *number)
{
    skip_space(json);
    if (!is_digit(*json->next) || (*json->next == '0' && is_digit(json->next[1])))
        return false;
    for (*number = 0; is_digit(*json->next); json->next++) {
        const unsigned digit = (unsigned)(*json->next - '0');
        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = 10 * *number + digit;
    }
    return true;
}

static const char *skip_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

/* The end of the number that begins at `at`; `at` itself if there is none. */
static const char *end_of_number(const char *at)
{
    const char *digits = at + (*at == '-');
    const char *end = skip_digits(digits);
    if (end == digits || (*digits == '0' && end > digits + 1))
        return at;
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        if (end == fraction)
            return at;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        end = skip_digits(exponent);
        if (end == exponent)
            return at;
    }
    return end;
}

/* strtod() expects the decimal point of the process's locale. */
bool clstep__json_real(clstep__json *json, double *number)
{
    char text[NUMBER_MOST + 8];
    skip_space(json);
    const char *end = end_of_number(json->next);
    const size_t length = (size_t)(end - json->next);
    const char *point = memchr(json->next, '.', length);
    const char *locale_point = localeconv()->decimal_point;
    const size_t before = point ? (size_t)(point - json->next) : length;
    const size_t replaced = point ? strlen(locale_point) : 0;
    if (length == 0 || length > NUMBER_MOST || replaced > 4)
        return false;
    memcpy(text, json->next, before);
    memcpy(text + before, locale_point, replaced);
    if (point)
        memcpy(text + before + replaced, point + 1, length - before - 1);
    text[length + replaced - (point ? 1 : 0)] = '\0';
    errno = 0;
    *number = strtod(text, NULL);
    if (isinf(*number))
        return false;
    json->next = end;
    return true;
}

/* ---- objects and arrays */

bool clstep__json_object(clstep__json *json, char *key, clstep__json_member member, void *context)
{
    size_t length = 0;
    if (!clstep__json_take(json, '{'))
        return false;
    if (clstep__json_take(json, '}'))
        return true;
    do {
        if (!clstep__json_text(json, key, &length) || !clstep__json_take(json, ':') ||
            !member(json, key, context))
            return false;
    } while (clstep__json_take(json, ','));
    return clstep__json_take(json, '}');
}

bool clstep__json_array(clstep__json *json, clstep__json_element element, void *context)
{
    if (!clstep__json_take(json, '['))
        return false;
    if (clstep__json_take(json, ']'))
        return true;
    do {
        if (!element(json, context))
            return false;
    } while (clstep__json_take(json, ','));
    return clstep__json_take(json, ']');
}

typedef struct {
    char *scratch;
    int depth;
} skipping;

static bool skip_element(clstep__json *json, void *context);

static bool skip_member(clstep__json *json, const char *key, void *context)
{
    (void)key;
    return skip_element(json, context);
}

static bool skip_element(clstep__json *json, void *context)
{
    skipping *skip = context;
    size_t length = 0;
    double number = 0;
    if (skip->depth == DEPTH_MOST)
        return false;
    skip->depth++;
    bool taken = false;
    if (clstep__json_peek(json, '{'))
        taken = clstep__json_object(json, skip->scratch, skip_member, skip);
    else if (clstep__json_peek(json, '['))
        taken = clstep__json_array(json, skip_element, skip);
    else if (clstep__json_peek(json, '"'))
        taken = clstep__json_text(json, skip->scratch, &length);
    else
        taken = clstep__json_word(json, "true") || clstep__json_word(json, "false") ||
                clstep__json_word(json, "null") || clstep__json_real(json, &number);
    skip->depth--;
    return taken;
}

bool clstep__json_skip(clstep__json *json, char *scratch)
{
    skipping skip = {.scratch = scratch};
    return skip_element(json, &skip);
}

static bool find_member(clstep__json *json, const char *key, void *context)
{
    clstep__json_members *members = context;
    size_t i = 0;
    while (members->names[i] && strcmp(members->names[i], key) != 0)
        i++;
    members->twice = members->names[i] && members->values[i].next;
    if (!members->names[i] || members->twice) {
        members->bad_key = key;
        return false;
    }
    members->values[i] = *json;
    return clstep__json_skip(json, members->scratch);
}

bool clstep__json_find(clstep__json *json, clstep__json_members *members)
{
    members->bad_key = NULL;
    for (size_t i = 0; members->names[i]; i++)
        members->values[i] = (clstep__json){0};
    return clstep__json_object(json, members->scratch, find_member, members);
}

clstep_status clstep__json_failed(const clstep__json *json, const char *call)
{
    return clstep__store_damaged(call, "the header %s at byte %zu",
                                 json->fault ? json->fault : "is not valid JSON",
                                 (size_t)(json->next - json->begin) + LENGTH_BYTES);
}
