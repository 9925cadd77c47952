/* Writes gnuplot's script of the moving task: over time, by the size of the gradient, and by
 * learning rate. cli/gnuplot.c runs it. */
#include "cli/train/drift_picture.h"

#include "cli/gnuplot.h"

#include <math.h>
#include <stdio.h>

static const char style[] =
    "set border 3 lc rgb '#444444' lw 0.8\n"
    "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
    "set grid ytics lt 1 lw 0.5 lc rgb '#dddddd'\n"
    "set style fill solid 0.2 noborder\n"
    "set yrange [0:1.2]\nset ytics 0.2\n"
    "set multiplot\n"
    "set label 1 '512 weights follow targets that move; the sizes of their gradients differ, and "
    "change' at screen 0.075, 0.945 font ',17' tc rgb '#222222'\n"
    "set tmargin at screen 0.82\nset bmargin at screen 0.17\n";

/* The lowest, the mean and the highest of the seeds. */
static void write_band(FILE *script, double x, const drift_result *results, const double *first)
{
    const size_t stride = sizeof *results / sizeof *first;
    double sum = 0, least = *first, most = *first;
    for (size_t s = 0; s < DRIFT_SEEDS; s++) {
        sum += first[s * stride];
        least = fmin(least, first[s * stride]);
        most = fmax(most, first[s * stride]);
    }
    fprintf(script, "%.6g %.5g %.5g %.5g\n", x, least, sum / DRIFT_SEEDS, most);
}

/* Sizes are between 0.01 and 100, in ranges of equal ratios: the middle of one. */
static double middle_size(size_t range)
{
    return pow(10, -2 + 4 * ((double)range + 0.5) / DRIFT_SIZES);
}

static void write_data(FILE *script, const drift_table *table)
{
    for (size_t r = 0; r < COMPARED_RULES; r++) {
        const drift_result *results = table->results[r];
        fprintf(script, "$time%zu << END\n", r);
        for (size_t i = 0; i < DRIFT_SAMPLES; i++)
            write_band(script, (double)(i + 1) * (DRIFT_STEPS / DRIFT_SAMPLES), results,
                       &results[0].samples[i]);
        fprintf(script, "END\n$size%zu << END\n", r);
        for (size_t i = 0; i < DRIFT_SIZES; i++)
            write_band(script, middle_size(i), results, &results[0].by_size[i]);
        fprintf(script, "END\n$rate%zu << END\n", r);
        for (size_t i = 0; i < DRIFT_RATES; i++)
            if (isfinite(table->sweep[r][i]))
                fprintf(script, "%g %.5g\n", table->rates[i], table->sweep[r][i]);
        fprintf(script, "END\n$best%zu << END\n%g %.5g\nEND\n", r, table->rates[table->best[r]],
                table->sweep[r][table->best[r]]);
    }
}

/* The mean of the last samples, where a curve's name stands. */
static double last_of(const drift_table *table, size_t rule)
{
    enum { LAST = 10 };
    double sum = 0;
    for (size_t s = 0; s < DRIFT_SEEDS; s++)
        for (size_t i = DRIFT_SAMPLES - LAST; i < DRIFT_SAMPLES; i++)
            sum += table->results[rule][s].samples[i];
    return sum / (DRIFT_SEEDS * LAST);
}

/* Names beside the ends of their curves, from the lowest up, none over another. */
static void write_names(FILE *script, const drift_table *table)
{
    const double apart = 0.09;
    bool named[COMPARED_RULES] = {false};
    double above = -apart;
    for (size_t i = 0; i < COMPARED_RULES; i++) {
        size_t lowest = COMPARED_RULES;
        for (size_t r = 0; r < COMPARED_RULES; r++)
            if (!named[r] &&
                (lowest == COMPARED_RULES || last_of(table, r) < last_of(table, lowest)))
                lowest = r;
        named[lowest] = true;
        above = fmax(last_of(table, lowest), above + apart);
        fprintf(script,
                "set label %zu '%s' at first %d, first %g offset 0.6,0 tc rgb '%s' font ',17'\n",
                10 + i, compared_rules[lowest].name, (int)DRIFT_STEPS, fmin(above, 1.15),
                compared_rules[lowest].colour);
    }
}

static void write_bands(FILE *script, const char *block, const char *with)
{
    fputs("plot ", script);
    for (size_t r = 0; r < COMPARED_RULES; r++)
        fprintf(script, "$%s%zu using 1:2:4 with filledcurves lc rgb '%s' notitle, ", block, r,
                compared_rules[r].colour);
    for (size_t r = COMPARED_RULES; r-- > 0;)
        fprintf(script, "$%s%zu using 1:3 with %s lc rgb '%s' lw %g dt %s notitle%s", block, r,
                with, compared_rules[r].colour, r ? 1.8 : 2.8, compared_rules[r].dashes,
                r ? ", " : "\n");
}

static void write_rates(FILE *script)
{
    fputs("plot ", script);
    for (size_t r = COMPARED_RULES; r-- > 0;)
        fprintf(script,
                "$rate%zu using 1:2 with lines lc rgb '%s' lw %g dt %s notitle, "
                "$best%zu using 1:2 with points pt 7 ps 0.9 lc rgb '%s' notitle%s",
                r, compared_rules[r].colour, r ? 1.8 : 2.8, compared_rules[r].dashes, r,
                compared_rules[r].colour, r ? ", " : "\n");
}

static void write_script(FILE *script, const void *of)
{
    const drift_table *table = of;
    write_data(script, table);
    fputs(style, script);
    write_names(script, table);
    fprintf(script,
            "set title 'over time' font ',16' offset 0,-0.5\n"
            "set xrange [0:%d]\nset xtics 2500\nset xlabel 'step'\n"
            "set ylabel 'distance from the targets (1: never moved)' offset 1,0\n"
            "set lmargin at screen 0.075\nset rmargin at screen 0.43\n",
            (int)DRIFT_STEPS);
    write_bands(script, "time", "lines");
    fputs("unset label\nunset ylabel\nset logscale x\nset format x '%g'\n"
          "set title 'small and large gradients'\n"
          "set xrange [0.01:100]\nset xtics (0.01, 0.1, 1, 10, 100)\n"
          "set xlabel 'size of the gradient'\n"
          "set lmargin at screen 0.575\nset rmargin at screen 0.755\n",
          script);
    write_bands(script, "size", "lines");
    fprintf(script,
            "set title 'the sweep of rates'\n"
            "set xrange [%g:%g]\nset xtics (0.001, 0.1, 10)\n"
            "set xlabel 'learning rate (dot: the best)'\n"
            "set lmargin at screen 0.81\nset rmargin at screen 0.985\n",
            table->rates[0], table->rates[DRIFT_RATES - 1]);
    write_rates(script);
    fputs("unset multiplot\n", script);
}

int drift_picture_write(const drift_table *table, const char *path)
{
    return gnuplot_write(path, &(gnuplot_picture){1000, 400, write_script, table});
}
