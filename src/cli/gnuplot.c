/* Runs gnuplot, which draws a picture from a script that the command writes. */
#include "cli/gnuplot.h"

#include "cli/command.h"
#include "cli/output_file.h"
#include "cli/same_file.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The same proportions for both; white paper, since a README may be read in dark mode. */
static const char svg_terminal[] =
    "set terminal svg size %u,%u dynamic noenhanced font 'DejaVu Sans,14' linewidth 1.5 "
    "background 'white'\n";
static const char png_terminal[] =
    "set terminal pngcairo size %u,%u noenhanced font 'DejaVu Sans,15' linewidth 2\n";

/* Whether the ending of `path` is `wanted`. */
static bool ends_in(const char *path, const char *wanted)
{
    const char *ending = strrchr(path, '.');
    return ending && strcasecmp(ending, wanted) == 0;
}

static void set_terminal(FILE *script, const char *path, const gnuplot_picture *picture)
{
    if (ends_in(path, ".svg"))
        fprintf(script, svg_terminal, picture->width, picture->height);
    else
        fprintf(script, png_terminal, picture->width * 3 / 2, picture->height * 3 / 2);
}

/* gnuplot reads the script from one stream and writes the picture to another: no file name needs
 * quotes. */
static int run_gnuplot(FILE *script, FILE *picture, FILE *words)
{
    /* -d: without the user's own settings */
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    posix_spawn_file_actions_adddup2(&actions, fileno(script), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(picture), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(words), STDERR_FILENO);
    int reason = posix_spawnp(&child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (reason)
        return reason;
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? (WEXITSTATUS(status) == 127 ? ENOENT : -WEXITSTATUS(status)) : -1;
}

/* `result` is what run_gnuplot() has returned. */
static int complain_gnuplot(const char *path, int result, FILE *words)
{
    if (result == ENOENT)
        return complain(EXIT_FAILED,
                        "cannot draw '%s': gnuplot was not found; install the package gnuplot-nox",
                        path);
    if (result > 0)
        return complain(EXIT_FAILED, "cannot draw '%s': gnuplot did not start: %s", path,
                        strerror(result));
    char line[256];
    rewind(words);
    while (fgets(line, sizeof line, words)) {
        size_t length = strcspn(line, "\n");
        line[length] = '\0';
        if (length)
            return complain(EXIT_FAILED, "cannot draw '%s': gnuplot says: %s", path, line);
    }
    return complain(EXIT_FAILED, "cannot draw '%s': gnuplot failed with exit code %d", path,
                    -result);
}

static bool is_empty(FILE *picture)
{
    struct stat status;
    return fstat(fileno(picture), &status) != 0 || status.st_size == 0;
}

/* Without `write` it only sets the terminal. */
static int draw_by(FILE *script, FILE *words, const char *path, FILE *file,
                   const gnuplot_picture *picture)
{
    set_terminal(script, path, picture);
    if (picture->write)
        picture->write(script, picture->of);
    if (fflush(script) != 0 || ferror(script))
        return complain(EXIT_FAILED, "cannot draw '%s': its script cannot be written: %s", path,
                        strerror(errno));
    rewind(script);
    int result = run_gnuplot(script, file, words);
    if (result)
        return complain_gnuplot(path, result, words);
    if (picture->write && is_empty(file))
        return complain(EXIT_FAILED, "cannot draw '%s': gnuplot has drawn nothing", path);
    return EXIT_OK;
}

static int draw(const char *path, FILE *file, const gnuplot_picture *picture)
{
    FILE *script = tmpfile(), *words = tmpfile();
    int code;
    if (script && words)
        code = draw_by(script, words, path, file, picture);
    else
        code =
            complain(EXIT_FAILED, "cannot draw '%s': no temporary file: %s", path, strerror(errno));
    if (script)
        fclose(script);
    if (words)
        fclose(words);
    return code;
}

int gnuplot_check(const char *path)
{
    if (!ends_in(path, ".svg") && !ends_in(path, ".png"))
        return complain(EXIT_USAGE,
                        "--plot takes the name of a file that ends in .svg or .png, "
                        "not '%s'",
                        path);
    int code = output_check_file("plot", path);
    if (code)
        return code;
    FILE *picture = tmpfile();
    if (!picture)
        return complain(EXIT_FAILED, "cannot draw '%s': no temporary file: %s", path,
                        strerror(errno));
    code = draw(path, picture, &(gnuplot_picture){.width = 300, .height = 200});
    fclose(picture);
    return code;
}

int gnuplot_write(const char *path, const gnuplot_picture *picture)
{
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    code = draw(path, file.stream, picture);
    if (code) {
        output_abandon(&file);
        return code;
    }
    return output_commit(&file);
}

int outputs_check(const char *table, const char *picture)
{
    if (table && picture && same_file(table, picture))
        return complain(EXIT_USAGE, "--csv and --plot name the same file '%s'", table);
    int code = picture ? gnuplot_check(picture) : EXIT_OK;
    return code || !table ? code : output_check(table);
}
