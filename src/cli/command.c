/* Messages, exit codes and the reading of options, the same for all commands. What a command does
 * on a device begins in workplace.c. */
#include "cli/command.h"

#include "cli/closest.h"
#include "cli/option_names.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- messages ------------------------------------------------------------------------------ */

enum { MESSAGE_SIZE = 4096 };

const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* Names come from files: one could clear the terminal, or look like another line. Those of UTF-8
 * beyond ASCII are C2 80 to C2 9F. */
void blank_controls(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (at[0] < 0x20 || at[0] == 0x7F)
            at[0] = '?';
        else if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0)
            at[0] = at[1] = '?';
    }
}

int complain(int code, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    blank_controls(message);
    fprintf(stderr, "%sclstep: %s\n", isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "", message);
    return code;
}

int complain_status(clstep_status status)
{
    const bool is_wrong = status == CLSTEP_INVALID_ARGUMENT;
    char text[MESSAGE_SIZE];
    option_names_copy(clstep_last_error()->message, is_wrong, text, sizeof text);
    return complain(is_wrong ? EXIT_USAGE : EXIT_FAILED, "%s", text);
}

int complain_file(clstep_status status, const char *path)
{
    if (status == CLSTEP_FILE_FAILED || status == CLSTEP_FILE_MISSING) /* these name the file */
        return complain(EXIT_FAILED, "%s", clstep_last_error()->message);
    char text[MESSAGE_SIZE];
    option_names_copy(clstep_last_error()->message, false, text, sizeof text);
    return complain(EXIT_FAILED, "%s: %s", path, text);
}

int complain_cl(const char *call, cl_int code)
{
    return complain(EXIT_FAILED, "%s failed with %s (%d)", call, clstep_cl_code_name(code),
                    (int)code);
}

int complain_memory(void)
{
    return complain(EXIT_FAILED, "the host is out of memory");
}

/* ---- options ------------------------------------------------------------------------------- */

/* How many options begin as `word` does; `match` is set to the last of them. */
static size_t count_matches(const char *word, const struct option *options, const char **match)
{
    const char *name = word + strspn(word, "-");
    size_t length = strcspn(name, "="), count = 0;
    for (size_t i = 0; options[i].name; i++) {
        if (strncmp(options[i].name, name, length) != 0)
            continue;
        *match = options[i].name;
        if (options[i].name[length] == '\0')
            return 1;
        count++;
    }
    return count;
}

static void complain_unknown(const char *command, const char *word, const struct option *options)
{
    char name[MESSAGE_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    closest search = closest_to(name + strspn(name, "-"));
    for (size_t i = 0; options[i].name; i++)
        closest_try(&search, options[i].name);
    complain(EXIT_USAGE, "clstep %s has no option \"%s\"%s; see clstep %s --help", command, name,
             closest_text(&search, "--"), command);
}

static void complain_option(const char *command, const char *word, bool lacks_value,
                            const struct option *options)
{
    const char *match = NULL;
    size_t matches = strncmp(word, "--", 2) == 0 ? count_matches(word, options, &match) : 0;
    if (matches == 0)
        complain_unknown(command, word, options);
    else if (matches > 1)
        complain(EXIT_USAGE, "\"%s\" may be any of %zu options; see clstep %s --help", word,
                 matches, command);
    else
        complain(EXIT_USAGE, "--%s %s; see clstep %s --help", match,
                 lacks_value ? "needs a value" : "takes no value", command);
}

/* The '+' keeps getopt_long() from changing the order, so that the word is known. */
int next_option(int argc, char **argv, const struct option *options)
{
    int at = optind;
    opterr = 0;
    int found = getopt_long(argc, argv, "+:h", options, NULL);
    if (found == ':' || found == '?') {
        complain_option(argv[0], argv[at], found == ':', options);
        return '?';
    }
    if (found != -1 || optind == argc)
        return found;
    complain(EXIT_USAGE, "clstep %s takes options only, not \"%s\"; see clstep %s --help", argv[0],
             argv[optind], argv[0]);
    return '?';
}

int check_needed(const char *command, const needed_option *needed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!needed[i].value)
            return complain(EXIT_USAGE, "--%s is missing; see clstep %s --help", needed[i].name,
                            command);
    }
    return EXIT_OK;
}

/* ---- numbers and time ---------------------------------------------------------------------- */

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool parse_number(const char *text, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value);
}

bool parse_count(const char *text, uint64_t *value)
{
    static const char suffixes[] = "KMGkmg";
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    const unsigned long long parsed = strtoull(text, &end, 10);
    const char *suffix = *end ? strchr(suffixes, *end) : NULL;
    const unsigned shift = suffix ? 10u * (unsigned)((suffix - suffixes) % 3 + 1) : 0;
    if (errno != 0 || end[suffix != NULL] != '\0' || parsed > UINT64_MAX >> shift)
        return false;
    *value = (uint64_t)parsed << shift;
    return true;
}

int take_number(const char *name, const char *text, double *value)
{
    if (!text || parse_number(text, value))
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s takes a finite number, not '%s'", name, text);
}

int take_count(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    uint64_t found;
    if (!text)
        return EXIT_OK;
    const bool is_count = parse_count(text, &found);
    if (is_count && found >= least && found <= most) {
        *value = found;
        return EXIT_OK;
    }
    const char *such = !is_count && *text >= '0' && *text <= '9' && most >= UINT64_C(1) << 31
                           ? ", such as 64K, 1M or 2G"
                           : "";
    if (most < UINT64_MAX)
        return complain(EXIT_USAGE, "--%s takes a whole number from %llu to %llu%s, not '%s'", name,
                        (unsigned long long)least, (unsigned long long)most, such, text);
    if (least > 0)
        return complain(EXIT_USAGE, "--%s takes a count of at least %llu%s, not '%s'", name,
                        (unsigned long long)least, such, text);
    return complain(EXIT_USAGE, "--%s takes a count, not '%s'", name, text);
}
