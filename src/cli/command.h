/* What the commands share. */
#ifndef CLSTEP_CLI_COMMAND_H
#define CLSTEP_CLI_COMMAND_H

#include <clstep/clstep.h>
#include <stdbool.h>
#include <stdint.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Each takes its own name as argv[0] and returns an exit code. */
int command_apply(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_presets(int argc, char **argv);
int command_selftest(int argc, char **argv);
int command_train(int argc, char **argv);
int command_tune(int argc, char **argv);

/* Prints "clstep: <sentence>" to stderr, over a progress bar if there is one, and returns `code`.
 */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the library's last error; EXIT_USAGE for CLSTEP_INVALID_ARGUMENT, else EXIT_FAILED. */
int complain_status(clstep_status status);

/* Prints the library's last error with the file that it is about; EXIT_FAILED. */
int complain_file(clstep_status status, const char *path);

/* Prints that an OpenCL call of the program failed; EXIT_FAILED. */
int complain_cl(const char *call, cl_int code);

/* getopt_long() for long options and -h, without its own messages: the `val` of the next option
 * ('h' for --help), -1 after the last one, or '?' when it has said what is wrong. A word that is no
 * option is wrong too. Abbreviations that are unique are taken, so that each option needs a `val`
 * of its own. */
struct option;
int next_option(int argc, char **argv, const struct option *options);

/* Monotonic. */
double seconds_now(void);

/* The whole of `text` as a finite number, or as a decimal count. */
bool parse_number(const char *text, double *value);
bool parse_count(const char *text, uint64_t *value);

/* A context and an in-order profiling queue on the device that `wanted` names (NULL: the default).
 */
typedef struct {
    cl_device_id device;
    cl_context context;
    cl_command_queue queue;
} workplace;

int workplace_open(workplace *place, const char *wanted);
void workplace_close(workplace *place);

/* Fills what is 0 with the launch parameters that `clstep tune` has kept, if it has; a file of them
 * that is wrong is told and left out. */
void workplace_launch(const workplace *place, clstep_engine_options *options);

/* An engine on it, with these launch parameters. */
int workplace_engine(const workplace *place, clstep_engine **engine);

/* Builds the program of an embedded source; prints the log where that fails. */
int workplace_build(const workplace *place, const unsigned char *source, size_t size,
                    const char *options, cl_program *program);

#endif
