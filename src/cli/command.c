#include "cli/command.h"

#include <clstep/tuning.h>
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

/* Names come from files: one could clear the terminal, or look like another line. Those of UTF-8
 * beyond ASCII are C2 80 to C2 9F. */
static void blank_controls(char *text)
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
    const clstep_error *error = clstep_last_error();
    return complain(status == CLSTEP_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_FAILED, "%s",
                    error->message);
}

int complain_file(clstep_status status, const char *path)
{
    if (status == CLSTEP_FILE_FAILED || status == CLSTEP_FILE_MISSING) /* these name the file */
        return complain(EXIT_FAILED, "%s", clstep_last_error()->message);
    return complain(EXIT_FAILED, "%s: %s", path, clstep_last_error()->message);
}

int complain_cl(const char *call, cl_int code)
{
    return complain(EXIT_FAILED, "%s failed with OpenCL code %d", call, (int)code);
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

static void complain_option(const char *command, const char *word, bool lacks_value,
                            const struct option *options)
{
    const char *match = NULL;
    size_t matches = strncmp(word, "--", 2) == 0 ? count_matches(word, options, &match) : 0;
    if (matches == 0)
        complain(EXIT_USAGE, "clstep %s has no option \"%s\"; see clstep %s --help", command, word,
                 command);
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
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    *value = parsed;
    return *end == '\0' && errno == 0;
}

/* ---- the device ---------------------------------------------------------------------------- */

int workplace_open(workplace *place, const char *wanted)
{
    *place = (workplace){0};
    clstep_status status = clstep_device_choose(&place->device, wanted);
    if (status != CLSTEP_OK)
        return complain_status(status);
    cl_int code;
    place->context = clCreateContext(NULL, 1, &place->device, NULL, NULL, &code);
    if (!place->context)
        return complain_cl("clCreateContext", code);
    place->queue =
        clCreateCommandQueue(place->context, place->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (!place->queue) {
        workplace_close(place);
        return complain_cl("clCreateCommandQueue", code);
    }
    return EXIT_OK;
}

/* PoCL crashes where a process exits while its worker threads still run commands. */
void workplace_close(workplace *place)
{
    if (place->queue) {
        clFinish(place->queue);
        clReleaseCommandQueue(place->queue);
    }
    if (place->context)
        clReleaseContext(place->context);
    *place = (workplace){0};
}

/* A file may be wrong, or tell what the device does not take: an engine tells. */
static clstep_status read_launch(const workplace *place, clstep_engine_options *kept)
{
    clstep_engine *engine = NULL;
    clstep_status status = clstep_tuning_read(kept, place->device, NULL);
    if (status == CLSTEP_OK && kept->vector_width > 0)
        status = clstep_engine_create(&engine, place->context, place->device, kept);
    clstep_engine_destroy(engine);
    return status;
}

void workplace_launch(const workplace *place, clstep_engine_options *options)
{
    clstep_engine_options kept = CLSTEP_ENGINE_OPTIONS_INIT;
    if (read_launch(place, &kept) != CLSTEP_OK) {
        complain(EXIT_OK, "not tuned: %s", clstep_last_error()->message);
        return;
    }
    if (!options->vector_width)
        options->vector_width = kept.vector_width;
    if (!options->work_group_size)
        options->work_group_size = kept.work_group_size;
    if (!options->chunk_elements)
        options->chunk_elements = kept.chunk_elements;
    if (!options->aligned)
        options->aligned = kept.aligned;
}

int workplace_engine(const workplace *place, clstep_engine **engine)
{
    clstep_engine_options options = CLSTEP_ENGINE_OPTIONS_INIT;
    workplace_launch(place, &options);
    clstep_status status = clstep_engine_create(engine, place->context, place->device, &options);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

static void print_build_log(cl_program program, cl_device_id device)
{
    size_t size = 0;
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char *log = calloc(size + 1, 1);
    if (log &&
        clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL) == CL_SUCCESS)
        fprintf(stderr, "%s\n", log);
    free(log);
}

int workplace_build(const workplace *place, const unsigned char *source, size_t size,
                    const char *options, cl_program *program)
{
    const char *text = (const char *)source;
    cl_int code;
    *program = clCreateProgramWithSource(place->context, 1, &text, &size, &code);
    if (!*program)
        return complain_cl("clCreateProgramWithSource", code);
    code = clBuildProgram(*program, 1, &place->device, options, NULL, NULL);
    if (code == CL_SUCCESS)
        return EXIT_OK;
    print_build_log(*program, place->device);
    clReleaseProgram(*program);
    *program = NULL;
    return complain_cl("clBuildProgram", code);
}
