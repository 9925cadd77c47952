/* Draws the progress bar. Draws nothing if standard error is no terminal. */
#include "cli/progress.h"

#include "cli/command.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CELLS_MOST = 30, CELLS_LEAST = 5 };

progress progress_start(void)
{
    return (progress){.terminal = isatty(STDERR_FILENO) == 1};
}

/* "[###...]  42 %  what", shorter than the terminal is wide: a line that wraps cannot be drawn
 * over. If there is no room, the bar is left out, then the end of `what`. */
static void make_line(char *line, size_t size, const char *what, double share)
{
    const size_t columns = terminal_columns(stderr);
    char text[128], bar[CELLS_MOST + 1] = "";
    size_t length = (size_t)snprintf(text, sizeof text, "%3.0f %%  %.100s", 100 * share, what);
    if (length + CELLS_LEAST + sizeof "[] " <= columns) {
        const size_t room = columns - length - sizeof "[] ";
        const size_t cells = room < CELLS_MOST ? room : CELLS_MOST;
        memset(bar, '.', cells);
        memset(bar, '#', (size_t)(share * (double)cells));
    }
    size = size < columns ? size : columns;
    snprintf(line, size, bar[0] ? "[%s] %s" : "%s%s", bar, text);
}

void progress_show(progress *bar, const char *what, uint64_t done, uint64_t total)
{
    double now = bar->terminal ? seconds_now() : 0;
    if (!bar->terminal || (bar->visible && now - bar->drawn < 0.1))
        return;
    const double share = total ? (double)done / (double)total : 0;
    char line[256];
    make_line(line, sizeof line, what, share < 1 ? share : 1);
    /* The cursor goes back to the left, so that an error message overwrites the bar. */
    fprintf(stderr, "\r\033[K%s\r", line);
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
