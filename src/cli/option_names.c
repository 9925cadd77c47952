/* Puts options in place of the library's arguments. The library lists the fields of a rule; this
 * file lists all other arguments. */
#include "cli/option_names.h"

#include <clstep/rule.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *argument;
    const char *option;
} arguments[] = {
    {"options.vector_width", "--vector-width"},
    {"options.work_group_size", "--work-group"},
    {"options.chunk_elements", "--chunk"},
    {"options.access", "--aligned"},
    {"options.elements", "--elements"},
    {"options.preset", "--preset"},
    {"options.seed", "--seed"},
    {"warmup_steps", "--warmup"},
    {"total_steps", "the number of steps"},
    {"final_lr", "--final-lr"},
    {"gamma", "--gamma"},
    {"period", "--period"},
    {"state_storage", "--state-dtype"},
    {"options->steps", "--steps"},
    {"options->rule", "--rule"},
    {"options->allow_inexact", "--inexact"},
    {"options->allow_nan", "--allow-nan"},
    {"options->without_momentum", "--momentum 0"},
};

enum { NAME_MOST = 64 };

void option_name_of_field(const char *field, char *name, size_t size)
{
    size_t length = 0;
    for (; field[length] && length + 1 < size; length++)
        name[length] = field[length] == '_' ? '-' : field[length];
    name[length] = '\0';
}

/* The option of an argument, in `text` where it is a field's; NULL where it is none. */
static const char *find_option(const char *argument, bool with_fields, char text[NAME_MOST])
{
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        if (strcmp(arguments[i].argument, argument) == 0)
            return arguments[i].option;
    }
    const clstep_field_info *field;
    for (size_t i = 0; with_fields && (field = clstep_rule_field(i)); i++) {
        if (strcmp(field->name, argument) != 0)
            continue;
        text[0] = text[1] = '-';
        option_name_of_field(argument, text + 2, NAME_MOST - 2);
        return text;
    }
    return NULL;
}

/* How many characters at `text` make up a word: a name with the dots and arrows inside it. */
static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == '.' ||
           (length > 0 && strncmp(text + length, "->", 2) == 0))
        length += text[length] == '-' ? 2 : 1;
    while (length > 0 && text[length - 1] == '.')
        length--;
    return length;
}

/* Sets *piece to the option if the next piece of the message is an argument, else to NULL. Returns
 * the length of the piece. */
static size_t take_piece(const char *at, bool is_whole, bool with_fields, const char **piece,
                         char text[NAME_MOST])
{
    char word[NAME_MOST];
    const size_t length = word_length(at);
    *piece = NULL;
    if (length > 0 && length < sizeof word && is_whole && at[length] != '-') {
        memcpy(word, at, length);
        word[length] = '\0';
        *piece = find_option(word, with_fields, text);
    }
    return length > 0 ? length : 1;
}

void option_names_copy(const char *message, bool with_fields, char *to, size_t size)
{
    size_t length = 0;
    bool quoted = false;
    to[0] = '\0';
    for (const char *at = message; *at && length < size;) {
        char text[NAME_MOST];
        const char *piece;
        const bool is_whole = !quoted && (at == message || at[-1] != '-');
        const size_t taken = take_piece(at, is_whole, with_fields, &piece, text);
        quoted ^= *at == '"';
        length += (size_t)(piece ? snprintf(to + length, size - length, "%s", piece)
                                 : snprintf(to + length, size - length, "%.*s", (int)taken, at));
        at += taken;
    }
}
