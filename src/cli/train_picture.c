#include "cli/train_picture.h"

#include "cli/command.h"
#include "cli/train_output.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The same proportions for both; white paper, since a README may be read in dark mode. */
static const char svg_terminal[] =
    "set terminal svg size 1000,430 dynamic noenhanced font 'DejaVu Sans,14' linewidth 1.5 "
    "background 'white'\n";
static const char png_terminal[] =
    "set terminal pngcairo size 1500,645 noenhanced font 'DejaVu Sans,15' linewidth 2\n";

static const char style[] = "set border 3 lc rgb '#444444' lw 0.8\n"
                            "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
                            "set grid xtics ytics lt 1 lw 0.5 lc rgb '#dddddd'\n"
                            "set xlabel 'epoch (passes over the training images)'\n"
                            "set format x '%g'\n"
                            "set multiplot\n"
                            "set tmargin at screen 0.96\nset bmargin at screen 0.17\n"
                            "set lmargin at screen 0.09\nset rmargin at screen 0.54\n";

/* Colours of M. Okabe and K. Ito, which the colour-blind can tell apart. The first is for RMSprop
 * or the only curve. */
static const char *const looks[] = {
    "lc rgb '#0072b2' lw 2.4 dt 1", "lc rgb '#d55e00' lw 1.6 dt (14,5)",
    "lc rgb '#009e73' lw 1.6 dt (6,4)", "lc rgb '#cc79a7' lw 1.8 dt (2,3)"};
enum { LOOKS = sizeof looks / sizeof *looks };

static const char *terminal_of(const char *path)
{
    const char *ending = strrchr(path, '.');
    if (ending && strcasecmp(ending, ".svg") == 0)
        return svg_terminal;
    return ending && strcasecmp(ending, ".png") == 0 ? png_terminal : NULL;
}

/* Several curves would hide one another in the noise of the batches, which they share; means over
 * more steps show which lies below which. */
enum { ALONE = 1, TOGETHER = 4, LONG_ENOUGH = 5 * TOGETHER };

static double mean_loss(const curve *line, size_t first, size_t windows)
{
    double sum = 0;
    for (size_t i = first; i < first + windows; i++)
        sum += line->points[i].loss;
    return sum / (double)windows;
}

static void write_data(FILE *script, const curve *line, size_t index, size_t windows)
{
    fprintf(script, "$loss%zu << END\n", index);
    for (size_t i = 0; i + windows <= line->count; i += windows) {
        double loss = mean_loss(line, i, windows);
        if (isfinite(loss))
            fprintf(script, "%.6g %.6g\n", line->points[i + windows - 1].epoch, loss);
    }
    fprintf(script, "END\n$accuracy%zu << END\n", index);
    for (size_t i = 0; i < line->count; i++)
        if (!isnan(line->points[i].accuracy))
            fprintf(script, "%.6g %.6g\n", line->points[i].epoch, 100 * line->points[i].accuracy);
    fputs("END\n", script);
}

static void write_plot(FILE *script, const char *block, const char *with, const curve *lines,
                       size_t count, bool titled)
{
    fputs("plot ", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "%s$%s%zu using 1:2 with %s %s ", i ? ", " : "", block, i, with,
                looks[i % LOOKS]);
        fprintf(script, titled ? "title '%s'" : "notitle", lines[i].label);
    }
    fputc('\n', script);
}

static void write_axes(FILE *script, const curve *lines, size_t count, bool logarithmic)
{
    double epochs = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].count)
            epochs = fmax(epochs, lines[i].points[lines[i].count - 1].epoch);
    fprintf(script, "set xrange [0:%g]\n", epochs);
    if (epochs <= 12)
        fputs("set xtics 1\n", script);
    if (logarithmic)
        fputs(
            "set logscale y\nset autoscale yfix\nset offsets 0, 0, graph 0.03, graph 0.03\n"
            "set ytics (0.001,0.002,0.003,0.005,0.01,0.02,0.03,0.05,0.1,0.15,0.2,0.25,0.3,0.4,0.5,"
            "0.6,0.7,0.8,1,1.2,1.5,2,3,5,10)\n",
            script);
    else
        fputs("set yrange [0:*]\n", script);
}

static void write_script(FILE *script, const char *terminal, const curve *lines, size_t count,
                         bool logarithmic)
{
    bool together = count > 1 && lines[0].count >= LONG_ENOUGH;
    fputs(terminal, script);
    for (size_t i = 0; i < count; i++)
        write_data(script, &lines[i], i, together ? TOGETHER : ALONE);
    fputs(style, script);
    write_axes(script, lines, count, logarithmic);
    fputs("set key top right samplen 3 spacing 1.25\n"
          "set ylabel 'training loss (cross-entropy, nats)'\n",
          script);
    write_plot(script, "loss", "lines", lines, count, true);
    fputs("unset logscale y\nset ytics autofreq\nset yrange [*:*]\nset autoscale yfix\n"
          "set offsets 0, 0, graph 0.04, graph 0.04\n"
          "set lmargin at screen 0.63\nset rmargin at screen 0.985\n"
          "set ylabel 'test accuracy (% of images)'\n",
          script);
    write_plot(script, "accuracy", "linespoints pt 7 ps 0.5", lines, count, false);
    fputs("unset multiplot\n", script);
}

/* gnuplot reads a script from one stream and writes the picture to another, so that no file name
 * has to be quoted for it. */
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

/* `lines` NULL: only sets the terminal. */
static int draw_by(FILE *script, FILE *words, const char *path, FILE *picture, const curve *lines,
                   size_t count, bool logarithmic)
{
    if (lines)
        write_script(script, terminal_of(path), lines, count, logarithmic);
    else
        fputs(terminal_of(path), script);
    if (fflush(script) != 0 || ferror(script))
        return complain(EXIT_FAILED, "cannot draw '%s': its script cannot be written: %s", path,
                        strerror(errno));
    rewind(script);
    int result = run_gnuplot(script, picture, words);
    if (result)
        return complain_gnuplot(path, result, words);
    if (lines && is_empty(picture))
        return complain(EXIT_FAILED, "cannot draw '%s': gnuplot has drawn nothing", path);
    return EXIT_OK;
}

static int draw(const char *path, FILE *picture, const curve *lines, size_t count, bool logarithmic)
{
    FILE *script = tmpfile(), *words = tmpfile();
    int code;
    if (script && words)
        code = draw_by(script, words, path, picture, lines, count, logarithmic);
    else
        code =
            complain(EXIT_FAILED, "cannot draw '%s': no temporary file: %s", path, strerror(errno));
    if (script)
        fclose(script);
    if (words)
        fclose(words);
    return code;
}

int picture_check(const char *path)
{
    if (!terminal_of(path))
        return complain(EXIT_USAGE, "--plot takes a name that ends in .svg or .png, not '%s'",
                        path);
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    code = draw(path, file.stream, NULL, 0, false);
    output_abandon(&file);
    return code;
}

int picture_write(const curve *lines, size_t count, bool logarithmic, const char *path)
{
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    code = draw(path, file.stream, lines, count, logarithmic);
    if (code) {
        output_abandon(&file);
        return code;
    }
    return output_commit(&file);
}
