/* Writes gnuplot's script of the picture. cli/gnuplot.c runs it. */
#include "cli/bench/picture.h"

#include "cli/gnuplot.h"

#include <math.h>
#include <string.h>

/* Colours of M. Okabe and K. Ito, which the colour-blind can tell apart. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000", "#8a6d00"};
enum { COLOURS = sizeof colours / sizeof *colours };

typedef struct drawing {
    const bench_results *results;
    const clstep_device_info *device;
    size_t rules[COLOURS * 8]; /* the first row of each rule */
    size_t rule_count;
} drawing;

static bool same_rule(const bench_result *a, const bench_result *b)
{
    return strcmp(a->rule, b->rule) == 0 && a->param == b->param && a->grad == b->grad &&
           a->state == b->state;
}

static void list_rules(drawing *what)
{
    for (size_t i = 0; i < what->results->count; i++) {
        size_t k = 0;
        while (k < what->rule_count &&
               !same_rule(&what->results->of[what->rules[k]], &what->results->of[i]))
            k++;
        if (k == what->rule_count && k < sizeof what->rules / sizeof *what->rules)
            what->rules[what->rule_count++] = i;
    }
}

/* The rule's name, with its types where they are not fp32. */
static void write_name(FILE *script, const bench_result *of)
{
    fputs(of->rule, script);
    if (of->param != CLSTEP_DTYPE_FLOAT32 || of->state != CLSTEP_DTYPE_FLOAT32)
        fprintf(script, " %s/%s", clstep_dtype_describe(of->param)->name,
                clstep_dtype_describe(of->state)->name);
}

static bool is_flat(const bench_result *of)
{
    return of->tensors == 1 && !of->own_buffers;
}

static bool has_sizes(const bench_results *results)
{
    size_t first = 0;
    while (first < results->count && !is_flat(&results->of[first]))
        first++;
    for (size_t i = first; i < results->count; i++) {
        if (is_flat(&results->of[i]) && results->of[i].elements != results->of[first].elements)
            return true;
    }
    return false;
}

/* ---- left ---------------------------------------------------------------------------------- */

/* Small models are faster than the memory, or slower than a launch. */
static double roof(const bench_results *results)
{
    size_t largest = 0;
    double most = 0;
    for (size_t i = 0; i < results->count; i++)
        largest = results->of[i].elements > largest ? results->of[i].elements : largest;
    for (size_t i = 0; i < results->count; i++) {
        const bench_result *of = &results->of[i];
        if (of->elements == largest)
            most = fmax(most, bench_result_gbps(of, of->limit));
    }
    return most;
}

static void write_roofline_data(FILE *script, const drawing *what)
{
    for (size_t k = 0; k < what->rule_count; k++) {
        const bench_result *rule = &what->results->of[what->rules[k]];
        fprintf(script, "$rule%zu << END\n", k);
        for (size_t i = 0; i < what->results->count; i++) {
            const bench_result *of = &what->results->of[i];
            if (same_rule(rule, of))
                fprintf(script, "%.6g %.6g\n", 1.0 / (double)bench_result_bytes(of),
                        (double)of->elements / of->update * 1e-9);
        }
        fputs("END\n", script);
    }
}

/* Room above for the key. */
static void write_rates(FILE *script, const bench_results *results, double limit)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < results->count; i++) {
        const bench_result *of = &results->of[i];
        const double rate = (double)of->elements / of->update * 1e-9;
        low = fmin(low, rate);
        high = fmax(high, fmax(rate, limit / (double)bench_result_bytes(of)));
    }
    fprintf(script, "set yrange [%g:%g]\n", low / 1.5, high * pow(high / low, 0.7) * 1.5);
}

static void write_roofline_axes(FILE *script, const bench_results *results)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < results->count; i++) {
        const size_t bytes = bench_result_bytes(&results->of[i]);
        least = bytes < least ? bytes : least;
        most = bytes > most ? bytes : most;
    }
    fprintf(script, "set logscale xy\nset xrange [%g:%g]\nset xtics (", 0.75 / (double)most,
            1.45 / (double)least);
    for (size_t bytes = least, any = 0; bytes <= most; bytes++) {
        bool found = false;
        for (size_t i = 0; i < results->count; i++)
            found = found || bench_result_bytes(&results->of[i]) == bytes;
        if (found)
            fprintf(script, "%s'1/%zu' %.8g", any++ ? ", " : "", bytes, 1.0 / (double)bytes);
    }
    fputs(")\nset ytics (0.001,0.002,0.005,0.01,0.02,0.05,0.1,0.2,0.5,1,2,5,10,20,50,100,200,500)\n"
          "set xlabel 'elements updated per byte moved'\n"
          "set ylabel '1e9 elements a second'\n"
          "set key top left Left reverse samplen 2 spacing 1.1 maxrows 5\n",
          script);
}

static void write_roofline(FILE *script, const drawing *what)
{
    const double limit = roof(what->results);
    write_roofline_axes(script, what->results);
    write_rates(script, what->results, limit);
    fprintf(script, "plot %.6g * x with lines lc rgb '#777777' lw 1.6 title 'limit, %.0f GB/s'",
            limit, limit);
    for (size_t k = 0; k < what->rule_count; k++) {
        fprintf(script, ", $rule%zu using 1:2 with points pt %d ps 0.7 lc rgb '%s' title '", k,
                k < COLOURS ? 7 : 5, colours[k % COLOURS]);
        write_name(script, &what->results->of[what->rules[k]]);
        fputs("'", script);
    }
    fputs("\nunset logscale\nset xtics auto\nset ytics auto\n", script);
}

/* ---- right: by size ------------------------------------------------------------------------ */

static void write_sizes(FILE *script, const drawing *what)
{
    for (size_t k = 0; k < what->rule_count; k++) {
        const bench_result *rule = &what->results->of[what->rules[k]];
        fprintf(script, "$size%zu << END\n", k);
        for (size_t i = 0; i < what->results->count; i++) {
            const bench_result *of = &what->results->of[i];
            if (same_rule(rule, of) && is_flat(of))
                fprintf(script, "%zu %.6g %.6g\n", of->elements, bench_result_gbps(of, of->update),
                        bench_result_gbps(of, of->limit));
        }
        fputs("END\n", script);
    }
    fputs("set logscale x\nset format x '10^{%T}'\nset termoption enhanced\n"
          "set xlabel 'elements of one flat tensor'\nset ylabel 'GB/s'\nset yrange [0:*]\n"
          "set autoscale x\nunset key\nplot ",
          script);
    for (size_t k = 0; k < what->rule_count; k++)
        fprintf(script,
                "%s$size%zu using 1:2 smooth unique with linespoints pt 7 ps 0.6 lw 1.4 lc rgb "
                "'%s', $size%zu using 1:3 smooth unique with lines lw 0.8 dt (4,4) lc rgb '%s'",
                k ? ", " : "", k, colours[k % COLOURS], k, colours[k % COLOURS]);
    fputc('\n', script);
}

/* ---- right: by row ------------------------------------------------------------------------- */

enum { ROWS = 40 };

static void write_shares(FILE *script, const drawing *what)
{
    const bench_results *results = what->results;
    const size_t count = results->count < ROWS ? results->count : ROWS;
    fputs("$share << END\n", script);
    for (size_t i = 0; i < count; i++) {
        const bench_spread *share = &results->of[i].share;
        fprintf(script, "%.4f %zu %.4f %.4f\n", share->median, count - i, share->low, share->high);
    }
    fputs("END\nset ytics (", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "%s'%s ", i ? ", " : "", results->of[i].model);
        write_name(script, &results->of[i]);
        fprintf(script, "' %zu", count - i);
    }
    fprintf(script,
            ")\nset yrange [0.3:%g]\nset xrange [0:1.1]\nset format x '%%g'\nset xtics 0.2\n"
            "unset key\nset xlabel 'share of the limit'\nunset ylabel\n"
            "plot $share using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 1.2 lc rgb '#0072b2'\n",
            (double)count + 0.7);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void write_script(FILE *script, const void *of)
{
    const drawing *what = of;
    write_roofline_data(script, what);
    fputs("set border 3 lc rgb '#444444' lw 0.8\n"
          "set tics nomirror out scale 0.6 tc rgb '#222222'\n"
          "set grid xtics ytics lt 1 lw 0.5 lc rgb '#dddddd'\n"
          "set multiplot\nset tmargin at screen 0.93\nset bmargin at screen 0.15\n"
          "set lmargin at screen 0.08\nset rmargin at screen 0.52\n",
          script);
    fprintf(script, "set label 1 \"%.100s\" at screen 0.5, 0.97 center\n", what->device->name);
    write_roofline(script, what);
    fputs("unset label 1\nset rmargin at screen 0.985\n", script);
    if (has_sizes(what->results)) {
        fputs("set lmargin at screen 0.62\n", script);
        write_sizes(script, what);
    } else {
        fputs("set lmargin at screen 0.76\n", script);
        write_shares(script, what);
    }
    fputs("unset multiplot\n", script);
}

int bench_picture_write(const bench_results *results, const clstep_device_info *device,
                        const char *path)
{
    drawing what = {.results = results, .device = device};
    list_rules(&what);
    return gnuplot_write(path, &(gnuplot_picture){1000, 430, write_script, &what});
}
