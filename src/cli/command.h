/* What the commands share. */
#ifndef CLSTEP_CLI_COMMAND_H
#define CLSTEP_CLI_COMMAND_H

#include <clstep/clstep.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What a noun behind the count ends in: "" for 1, else "s". */
const char *plural(uint64_t count);

/* Puts '?' in place of control characters, which names in files may hold. */
void blank_controls(char *text);

/* Prints "clstep: <sentence>" to stderr, over a progress bar if there is one, and returns `code`.
 */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the library's last error; EXIT_USAGE for CLSTEP_INVALID_ARGUMENT, whose message then names
 * options instead of arguments, else EXIT_FAILED. */
int complain_status(clstep_status status);

/* Prints the library's last error with the file that it is about; EXIT_FAILED. */
int complain_file(clstep_status status, const char *path);

/* Prints that an OpenCL call of the program failed; EXIT_FAILED. */
int complain_cl(const char *call, cl_int code);

/* Prints that the host is out of memory; EXIT_FAILED. */
int complain_memory(void);

/* getopt_long() for long options and -h, without its own messages: the `val` of the next option
 * ('h' for --help), -1 after the last one, or '?' when it has said what is wrong. A word that is no
 * option is wrong too. Abbreviations that are unique are taken, so that each option needs a `val`
 * of its own. */
struct option;
int next_option(int argc, char **argv, const struct option *options);

/* An option that must be given, and what it was given, or NULL. */
typedef struct needed_option {
    const char *name;
    const char *value;
} needed_option;

/* Prints the first that was not given to `command`; an exit code. */
int check_needed(const char *command, const needed_option *needed, size_t count);

/* Monotonic. */
double seconds_now(void);

/* The whole of `text` as a finite number, or as a count: digits, and K, M or G in either case for
 * powers of 1024. */
bool parse_number(const char *text, double *value);
bool parse_count(const char *text, uint64_t *value);

/* What the option `name` was given; NULL leaves *value. Both return an exit code and have said what
 * is wrong. */
int take_number(const char *name, const char *text, double *value);
int take_count(const char *name, const char *text, uint64_t least, uint64_t most, uint64_t *value);

#endif
