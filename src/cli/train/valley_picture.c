/* Writes gnuplot's script of the four paths, each over the same contour lines. cli/gnuplot.c runs
 * it. */
#include "cli/train/valley_picture.h"

#include "cli/gnuplot.h"

#include <math.h>
#include <stdio.h>

static const char style[] = "set border 3 lc rgb '#444444' lw 0.8\n"
                            "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
                            "set xrange [-10:5]\nset yrange [-3.5:3]\nset xtics 2\nset ytics 2\n";

static const double levels[] = {0.05, 0.2, 0.5, 1, 2, 4, 8, 16, 32};
enum { LEVELS = sizeof levels / sizeof *levels, CORNERS = 40 };

/* Ellipses: losses of one height. */
static void write_contours(FILE *script)
{
    const double whole = 2 * acos(-1.0);
    fputs("$contours << END\n", script);
    for (size_t i = 0; i < LEVELS; i++) {
        for (int k = 0; k <= CORNERS; k++)
            fprintf(script, "%.4g %.4g\n",
                    sqrt(2 * levels[i] / VALLEY_CURVATURE_X) * cos(whole * k / CORNERS),
                    sqrt(2 * levels[i] / VALLEY_CURVATURE_Y) * sin(whole * k / CORNERS));
        fputs("\n", script);
    }
    fputs("END\n$lowest << END\n0 0\nEND\n", script);
}

/* Far outside of the picture is as far as anything. */
static double within(double value)
{
    return isfinite(value) ? fmax(-100, fmin(100, value)) : 100;
}

static void write_panel(FILE *script, const valley_table *table, size_t rule, size_t panel)
{
    const size_t best = table->best[rule];
    const valley_point *path = table->paths[rule][best];
    const double left = panel % 2 ? 0.555 : 0.055, top = panel < 2 ? 0.93 : 0.455;
    fprintf(script, "$path << END\n");
    for (size_t step = 0; step <= VALLEY_STEPS; step++)
        fprintf(script, "%.5g %.5g\n", within(path[step].x), within(path[step].y));
    fprintf(script,
            "END\nset lmargin at screen %g\nset rmargin at screen %g\n"
            "set tmargin at screen %g\nset bmargin at screen %g\n"
            "set label 1 '%s' at graph 0.01, 1.06 tc rgb '%s' font ',17'\n"
            "set label 2 'after %d steps with lr %g: %.2f from the lowest point' "
            "at graph 0.99, 1.06 right tc rgb '#222222' font ',13'\n"
            "plot $contours with lines lc rgb '#c4c4c4' lw 0.7 notitle, "
            "$path with lines lc rgb '%s' lw 1.6 notitle, "
            "$path with points pt 7 ps 0.45 lc rgb '%s' notitle, "
            "$lowest with points pt 2 ps 1 lw 1.5 lc rgb '#222222' notitle\n",
            left, left + 0.43, top, top - 0.36, compared_rules[rule].name,
            compared_rules[rule].colour, (int)VALLEY_STEPS, table->rates[best],
            hypot(path[VALLEY_STEPS].x, path[VALLEY_STEPS].y), compared_rules[rule].colour,
            compared_rules[rule].colour);
}

static void write_script(FILE *script, const void *of)
{
    const valley_table *table = of;
    fputs(style, script);
    write_contours(script);
    fputs("set multiplot\n", script);
    static const size_t order[COMPARED_RULES] = {1, 0, 2, 3}; /* SGD beside RMSprop */
    for (size_t i = 0; i < COMPARED_RULES; i++)
        write_panel(script, table, order[i], i);
    fputs("unset multiplot\n", script);
}

int valley_picture_write(const valley_table *table, const char *path)
{
    return gnuplot_write(path, &(gnuplot_picture){1000, 560, write_script, table});
}
