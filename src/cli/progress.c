/* Draws the progress bar. Where standard error is no terminal it draws nothing. */
#include "cli/progress.h"

#include "cli/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CELLS = 30 };

progress progress_start(void)
{
    return (progress){.terminal = isatty(STDERR_FILENO) == 1};
}

void progress_show(progress *bar, const char *what, uint64_t done, uint64_t total)
{
    double now = bar->terminal ? seconds_now() : 0;
    if (!bar->terminal || (bar->visible && now - bar->drawn < 0.1))
        return;
    char cells[CELLS + 1] = "";
    size_t full = total ? (size_t)((double)done / (double)total * CELLS) : 0;
    memset(cells, '.', CELLS);
    memset(cells, '#', full < CELLS ? full : CELLS);
    /* The cursor goes back to the left, so that an error message overwrites the bar. */
    fprintf(stderr, "\r\033[K[%s] %3.0f %%  %s\r", cells,
            total ? 100.0 * (double)done / (double)total : 0.0, what);
    fflush(stderr);
    bar->visible = true;
    bar->drawn = now;
}

void progress_clear(progress *bar)
{
    if (bar->visible)
        fputs("\r\033[K", stderr);
    bar->visible = false;
}
