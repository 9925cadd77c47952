/* A growing string. It remembers a failed allocation; its user reports that. */
#include "base/text.h"

#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `length` more bytes and a '\0'. */
static bool reserve(clstep__text *text, size_t length)
{
    if (text->failed || length > SIZE_MAX / 2 - text->length - 1) {
        text->failed = true;
        return false;
    }
    size_t needed = text->length + length + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = needed + needed / 2 + 64;
    char *bytes = clstep__allocate(capacity, 1);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    if (text->length)
        memcpy(bytes, text->bytes, text->length);
    clstep__free(text->bytes);
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void clstep__text_append(clstep__text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void clstep__text_format(clstep__text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) /* longer than INT_MAX */
        text->failed = true;
    if (length < 0 || !reserve(text, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void clstep__text_free(clstep__text *text)
{
    clstep__free(text->bytes);
    *text = (clstep__text){0};
}

const char *clstep__number(double value, char text[CLSTEP__NUMBER_SIZE])
{
    if (isnan(value)) {
        snprintf(text, CLSTEP__NUMBER_SIZE, "NaN");
        return text;
    }
    const bool is_fp32 = (double)(float)value == value;
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, CLSTEP__NUMBER_SIZE, "%.*g", digits, value);
        const double read = strtod(text, NULL);
        if (read == value || (is_fp32 && (double)(float)read == value))
            break;
    }
    return text;
}

const char *clstep__plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
