#include "safetensors/json.h"

#include "safetensors/error.h"
#include "safetensors/text.h"

#include <string.h>

enum { LENGTH_BYTES = 8 }; /* in front of the header */

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

/* The four hexadecimal digits of an escape, -1 if they are none. */
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

/* What follows "\u": a character, -1 if it is none. Two halves stand for one beyond U+FFFF. */
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

/* What follows a backslash. Returns the bytes put, 0 if it is no escape. */
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

/* One character of a text, escaped or not. Returns the bytes put, 0 on a fault. */
static size_t take_character(clstep__json *json, char *to)
{
    if ((unsigned char)*json->next < 0x20) /* the end among them */
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

clstep_status clstep__json_failed(const clstep__json *json, const char *call)
{
    return clstep__store_damaged(call, "the header %s at byte %zu",
                                 json->fault ? json->fault : "is not valid JSON",
                                 (size_t)(json->next - json->begin) + LENGTH_BYTES);
}
