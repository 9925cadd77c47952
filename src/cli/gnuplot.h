/* Pictures, drawn by gnuplot into files that appear whole or not at all. */
#ifndef CLSTEP_CLI_GNUPLOT_H
#define CLSTEP_CLI_GNUPLOT_H

#include <stdio.h>

typedef struct gnuplot_picture {
    unsigned width, height;                      /* of an SVG; a PNG has 1.5 times as many pixels */
    void (*write)(FILE *script, const void *of); /* the script, without its terminal */
    const void *of;
} gnuplot_picture;

/* Both return an exit code and have said what is wrong. Check says whether `path` has a known
 * ending and can be written, and whether gnuplot is there and draws such files. */
int gnuplot_check(const char *path);
int gnuplot_write(const char *path, const gnuplot_picture *picture);

/* The same of what --csv and --plot name; either may be NULL. */
int outputs_check(const char *table, const char *picture);

#endif
