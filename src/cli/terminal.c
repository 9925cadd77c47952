/* Asks the terminal how wide it is, and breaks lines between words. columns.c prints
 * tables, progress.c the progress bar. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ, struct winsize */
#include "cli/terminal.h"

#include "cli/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SENTENCE_SIZE = 1024 };

size_t terminal_columns(FILE *to)
{
    const bool is_terminal = isatty(fileno(to)) == 1;
    struct winsize size;
    if (is_terminal && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    uint64_t columns;
    const char *text = getenv("COLUMNS");
    if (text && parse_count(text, &columns) && columns > 0)
        return columns;
    return is_terminal ? TERMINAL_COLUMNS_USUAL : SIZE_MAX;
}

void print_wrapped(const char *text, size_t column, size_t indent, size_t columns)
{
    for (size_t gap = 0; *text; gap = strspn(text, " "), text += gap) {
        const size_t length = strcspn(text, " ");
        if (gap > 0 && column + gap + length > columns) {
            printf("\n%*s", (int)indent, "");
            column = indent;
            gap = 0;
        }
        printf("%*s%.*s", (int)gap, "", (int)length, text);
        column += gap + length;
        text += length;
    }
    putchar('\n');
}

static void print_text(const char *label, const char *format, va_list arguments)
{
    char text[SENTENCE_SIZE];
    const size_t indent = strlen(label);
    vsnprintf(text, sizeof text, format, arguments);
    blank_controls(text);
    fputs(label, stdout);
    print_wrapped(text, indent, indent, terminal_columns(stdout));
}

void print_sentence(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_text("", format, arguments);
    va_end(arguments);
}

void print_labelled(const char *label, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_text(label, format, arguments);
    va_end(arguments);
}
