/* UTF-8, control characters and sorted names. */
#include "safetensors/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The bounds of the second byte exclude overlong encodings, surrogates and characters beyond
 * U+10FFFF. */
size_t clstep__utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length;
    unsigned char low = 0x80, high = 0xBF;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xC2 && at[0] <= 0xDF) {
        length = 2;
    } else if (at[0] >= 0xE0 && at[0] <= 0xEF) {
        length = 3;
        low = at[0] == 0xE0 ? 0xA0 : low;
        high = at[0] == 0xED ? 0x9F : high;
    } else if (at[0] >= 0xF0 && at[0] <= 0xF4) {
        length = 4;
        low = at[0] == 0xF0 ? 0x90 : low;
        high = at[0] == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if (at[i] < low || at[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

bool clstep__is_utf8(const char *text)
{
    while (*text) {
        const size_t length = clstep__utf8_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

static bool is_control(const char *at)
{
    const unsigned char byte = (unsigned char)at[0];
    return byte < 0x20 || byte == 0x7F || (byte == 0xC2 && (unsigned char)at[1] < 0xA0);
}

clstep__shown clstep__show(const char *name)
{
    static const char more[] = "...";
    clstep__shown shown = {{0}};
    size_t used = 0;
    while (*name) {
        const size_t length = clstep__utf8_length(name);
        if (used + length + sizeof more > sizeof shown.text) {
            memcpy(shown.text + used, more, sizeof more);
            return shown;
        }
        if (length == 0 || is_control(name)) {
            shown.text[used++] = '?';
        } else {
            memcpy(shown.text + used, name, length);
            used += length;
        }
        name += length ? length : 1;
    }
    return shown;
}

void clstep__make_printable(char *text)
{
    char *to = text;
    while (*text) {
        const size_t length = clstep__utf8_length(text);
        if (length == 0 || is_control(text)) {
            *to++ = '?';
        } else {
            memmove(to, text, length);
            to += length;
        }
        text += length ? length : 1;
    }
    *to = '\0';
}

static int compare(const void *a, const void *b)
{
    const clstep__name *x = a, *y = b;
    return strcmp(x->name, y->name);
}

const char *clstep__names_sort(clstep__name *names, size_t count)
{
    qsort(names, count, sizeof *names, compare);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(names[i - 1].name, names[i].name) == 0)
            return names[i].name;
    }
    return NULL;
}

size_t clstep__names_find(const clstep__name *names, size_t count, const char *name)
{
    const clstep__name wanted = {.name = name};
    const clstep__name *found =
        count ? bsearch(&wanted, names, count, sizeof *names, compare) : NULL;
    return found ? found->index : SIZE_MAX;
}
