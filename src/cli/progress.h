/* A progress bar on stderr, where that is a terminal. */
#ifndef CLSTEP_CLI_PROGRESS_H
#define CLSTEP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    bool terminal;
    bool visible;
    double drawn; /* when, in seconds of seconds_now() */
} progress;

progress progress_start(void);
/* Draws at most ten times a second. */
void progress_show(progress *bar, const char *what, uint64_t done, uint64_t total);
/* Wipes the bar, so that a line can be printed. */
void progress_clear(progress *bar);

#endif
