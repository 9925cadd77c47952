/* Writes gnuplot's script of learning curves. cli/gnuplot.c runs it. */
#include "cli/train/picture.h"

#include "cli/gnuplot.h"
#include "cli/train/compared.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const char style[] = "set border 3 lc rgb '#444444' lw 0.8\n"
                            "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
                            "set grid xtics ytics lt 1 lw 0.5 lc rgb '#dddddd'\n"
                            "set xlabel 'epoch (passes over the training images)'\n"
                            "set format x '%g'\n"
                            "set multiplot\n"
                            "set tmargin at screen 0.96\nset bmargin at screen 0.17\n"
                            "set lmargin at screen 0.09\nset rmargin at screen 0.54\n";

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
        const compared_rule *look = &compared_rules[i % COMPARED_RULES];
        fprintf(script, "%s$%s%zu using 1:2 with %s lc rgb '%s' lw %g dt %s ", i ? ", " : "", block,
                i, with, look->colour, i ? 1.7 : 2.4, look->dashes);
        fprintf(script, titled ? "title '%s'" : "notitle", lines[i].label);
    }
    fputc('\n', script);
}

static void write_axes(FILE *script, const curve *lines, size_t count, bool logarithmic)
{
    double epochs = 0, first = lines[0].count ? ceil(lines[0].points[0].epoch) - 1 : 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].count)
            epochs = fmax(epochs, lines[i].points[lines[i].count - 1].epoch);
    fprintf(script, "set xrange [%g:%g]\n", first, epochs);
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

typedef struct drawing {
    const curve *lines;
    size_t count;
    bool logarithmic;
} drawing;

static void write_script(FILE *script, const void *of)
{
    const drawing *what = of;
    const curve *lines = what->lines;
    const size_t count = what->count;
    bool together = count > 1 && lines[0].count >= LONG_ENOUGH;
    for (size_t i = 0; i < count; i++)
        write_data(script, &lines[i], i, together ? TOGETHER : ALONE);
    fputs(style, script);
    write_axes(script, lines, count, what->logarithmic);
    /* The loss of one rule is drawn from 0 on, and falls: below its beginning there is room. */
    fprintf(script,
            "set key %s samplen 3 spacing 1.25\n"
            "set ylabel 'training loss (cross-entropy, nats)'\n",
            count > 1 ? "top right" : "bottom left Left reverse");
    write_plot(script, "loss", "lines", lines, count, true);
    fputs("unset logscale y\nset ytics autofreq\nset yrange [*:*]\nset autoscale yfix\n"
          "set offsets 0, 0, graph 0.04, graph 0.04\n"
          "set lmargin at screen 0.63\nset rmargin at screen 0.985\n"
          "set ylabel 'test accuracy (% of images)'\n",
          script);
    write_plot(script, "accuracy", "linespoints pt 7 ps 0.5", lines, count, false);
    fputs("unset multiplot\n", script);
}

int picture_write(const curve *lines, size_t count, bool logarithmic, const char *path)
{
    const drawing what = {lines, count, logarithmic};
    return gnuplot_write(path, &(gnuplot_picture){1000, 430, write_script, &what});
}
