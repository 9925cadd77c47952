/* Writes and reads the text of a tuning file, line by line. file.c reads and writes the file. */
#include "tuning/text.h"

#include "base/error.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char first_line[] = "clstep tuning 1";

static const char *const text_names[CLSTEP__TUNING_TEXTS] = {"platform", "device", "driver"};

/* The numbers of a file, in the order that they are written. */
static const struct {
    const char *name;
    size_t offset;
    const char *range;
} numbers[CLSTEP__TUNING_NUMBERS] = {
    {"vector_width", offsetof(clstep_engine_options, vector_width), "1, 4, 8 or 16"},
    {"access", offsetof(clstep_engine_options, access), "1 or 2"},
    {"work_group_size", offsetof(clstep_engine_options, work_group_size), "1 to 65536"},
    {"chunk_elements", offsetof(clstep_engine_options, chunk_elements),
     "a multiple of 16 from 16 to 1073741824"},
};

enum { GROUP_MOST = 65536, CHUNK_MOST = 1 << 30, CHUNK_STEP = 16, LINE_SHOWN = 60 };

static uint32_t get(const clstep_engine_options *launch, size_t number)
{
    uint32_t value;
    memcpy(&value, (const char *)launch + numbers[number].offset, sizeof value);
    return value;
}

static bool fits(size_t number, uint32_t value)
{
    switch (number) {
    case 0:
        return value == 1 || value == 4 || value == 8 || value == 16;
    case 1:
        return value == 1 || value == 2;
    case 2:
        return value >= 1 && value <= GROUP_MOST;
    default:
        return value >= CHUNK_STEP && value <= CHUNK_MOST && value % CHUNK_STEP == 0;
    }
}

const char *clstep__tuning_wrong(const clstep_engine_options *launch)
{
    for (size_t i = 0; i < CLSTEP__TUNING_NUMBERS; i++) {
        if (!fits(i, get(launch, i)))
            return numbers[i].name;
    }
    return NULL;
}

/* ---- writing */

void clstep__tuning_line(clstep__text *text)
{
    size_t length = 0;
    for (size_t i = 0; i < text->length; i++) {
        const char letter = text->bytes[i];
        const char kept = (unsigned char)letter < ' ' || letter == 127 ? ' ' : letter;
        if (length > 0 || kept != ' ')
            text->bytes[length++] = kept;
    }
    while (length > 0 && text->bytes[length - 1] == ' ')
        length--;
    text->length = length;
    if (text->bytes)
        text->bytes[length] = '\0';
}

void clstep__tuning_format(const clstep__tuning_owner *owner, const clstep_engine_options *launch,
                           clstep__text *into)
{
    clstep__text_format(into, "%s\n", first_line);
    for (size_t i = 0; i < CLSTEP__TUNING_TEXTS; i++)
        clstep__text_format(into, "%s = %s\n", text_names[i],
                            owner->texts[i].length ? owner->texts[i].bytes : "");
    for (size_t i = 0; i < CLSTEP__TUNING_NUMBERS; i++)
        clstep__text_format(into, "%s = %u\n", numbers[i].name, (unsigned)get(launch, i));
}

/* ---- reading */

typedef struct {
    const char *bytes;
    size_t length;
} span;

typedef struct {
    const char *call;
    const char *path;
    size_t line; /* from 1 */
    const clstep__tuning_owner *owner;
    clstep_engine_options launch;
    unsigned seen; /* bits: texts, then numbers */
} reader;

static clstep_status wrong(const reader *of, const char *what, span text)
{
    return clstep__fail(CLSTEP_INVALID_FILE, of->call,
                        "\"%.400s\", line %zu: %s \"%.*s\"; correct the line, or remove the file",
                        of->path, of->line, what,
                        (int)(text.length < LINE_SHOWN ? text.length : LINE_SHOWN), text.bytes);
}

static span trimmed(span text)
{
    while (text.length > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t')) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 && strchr(" \t\r", text.bytes[text.length - 1]) &&
           text.bytes[text.length - 1] != '\0')
        text.length--;
    return text;
}

static bool equals(span text, const char *with, size_t length)
{
    return text.length == length && (length == 0 || memcmp(text.bytes, with, length) == 0);
}

static bool is_named(span text, const char *name)
{
    return equals(text, name, strlen(name));
}

/* Reads a decimal number that fits into 32 bits. */
static bool parse_number(span text, uint32_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9' || number > UINT32_MAX)
            return false;
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    *value = (uint32_t)number;
    return text.length > 0 && number <= UINT32_MAX;
}

static clstep_status take_text(reader *of, size_t index, span value)
{
    const clstep__text *own = &of->owner->texts[index];
    if (equals(value, own->bytes, own->length))
        return CLSTEP_OK;
    return clstep__fail(
        CLSTEP_UNSUPPORTED, of->call,
        "\"%.400s\" is for another device or driver: its %s is \"%.*s\", but this device's is "
        "\"%.100s\"; tune again",
        of->path, text_names[index], (int)(value.length < LINE_SHOWN ? value.length : LINE_SHOWN),
        value.bytes, own->length ? own->bytes : "");
}

static clstep_status take_number(reader *of, size_t index, span value)
{
    uint32_t number;
    char what[96];
    if (parse_number(value, &number) && fits(index, number)) {
        memcpy((char *)&of->launch + numbers[index].offset, &number, sizeof number);
        return CLSTEP_OK;
    }
    snprintf(what, sizeof what, "%s must be %s, not", numbers[index].name, numbers[index].range);
    return wrong(of, what, value);
}

static clstep_status take_pair(reader *of, span name, span value)
{
    size_t index = 0;
    while (index < CLSTEP__TUNING_TEXTS && !is_named(name, text_names[index]))
        index++;
    for (size_t i = 0; index == CLSTEP__TUNING_TEXTS + i && i < CLSTEP__TUNING_NUMBERS; i++)
        index += !is_named(name, numbers[i].name);
    if (index == CLSTEP__TUNING_TEXTS + CLSTEP__TUNING_NUMBERS)
        return wrong(of, "there is no setting", name);
    if (of->seen & 1u << index)
        return wrong(of, "there is a second", name);
    of->seen |= 1u << index;
    return index < CLSTEP__TUNING_TEXTS ? take_text(of, index, value)
                                        : take_number(of, index - CLSTEP__TUNING_TEXTS, value);
}

static clstep_status take_line(reader *of, span line)
{
    const span text = trimmed(line);
    if (of->line == 1)
        return is_named(text, first_line)
                   ? CLSTEP_OK
                   : wrong(of, "a tuning file begins with \"clstep tuning 1\", not with", text);
    if (text.length == 0 || text.bytes[0] == '#')
        return CLSTEP_OK;
    const char *equal = memchr(text.bytes, '=', text.length);
    if (!equal)
        return wrong(of, "\"name = value\" is needed, not", text);
    const size_t at = (size_t)(equal - text.bytes);
    return take_pair(of, trimmed((span){text.bytes, at}),
                     trimmed((span){equal + 1, text.length - at - 1}));
}

static clstep_status check_complete(const reader *of)
{
    for (size_t i = 0; i < CLSTEP__TUNING_TEXTS + CLSTEP__TUNING_NUMBERS; i++) {
        if (!(of->seen & 1u << i))
            return clstep__fail(CLSTEP_INVALID_FILE, of->call,
                                "\"%.400s\" has no line \"%s = ...\"; tune again, or remove the "
                                "file",
                                of->path,
                                i < CLSTEP__TUNING_TEXTS ? text_names[i]
                                                         : numbers[i - CLSTEP__TUNING_TEXTS].name);
    }
    return CLSTEP_OK;
}

clstep_status clstep__tuning_parse(const char *call, const char *path, const char *text,
                                   size_t length, const clstep__tuning_owner *owner,
                                   clstep_engine_options *launch)
{
    reader of = {.call = call, .path = path, .owner = owner, .launch = *launch};
    clstep_status status = CLSTEP_OK;
    size_t at = 0;
    do {
        const char *end = at < length ? memchr(text + at, '\n', length - at) : NULL;
        const size_t stop = end ? (size_t)(end - text) : length;
        of.line++;
        status = take_line(&of, (span){text + at, stop - at});
        at = stop + 1;
    } while (status == CLSTEP_OK && at < length);
    if (status == CLSTEP_OK)
        status = check_complete(&of);
    if (status == CLSTEP_OK)
        *launch = of.launch;
    return status;
}
