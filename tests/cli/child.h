/* Runs the built program as a child and keeps what it said. */
#ifndef CHILD_H
#define CHILD_H

#include <stdio.h>
#include <sys/types.h>

enum { CHILD_TEXT = 32768, CHILD_ARGUMENTS = 40 };

typedef struct child {
    int code;   /* exit code; -1 where it ended by a signal */
    int ending; /* that signal, or 0 */
    char out[CHILD_TEXT];
    char err[CHILD_TEXT];
    pid_t pid;
    FILE *out_file, *err_file;
} child;

typedef struct child_setup {
    const char *folder;
    const char *path;   /* if not NULL, the child's PATH */
    const char *output; /* if not NULL, a file that standard output goes to */
    unsigned closed;    /* a bit for each of the descriptors 0 to 2 that is */
    int unread;         /* 1: standard error is a pipe that nobody reads */
    int kill_at;        /* if not 0, the call before which tests/kill kills it */
    int limited;        /* 1: no file may grow, nor what the child says be kept */
} child_setup;

/* `line` is cut at blanks; a word "@" stands for the folder, and one that begins with "@/" for a
 * path in it. The program is that of the environment's CLSTEP_PROGRAM, or build/clstep. */
void child_start(child *result, const child_setup *setup, const char *line);
void child_wait(child *result);
/* Both. */
void child_run(child *result, const char *folder, const char *path, const char *line);
/* As child_run(); it has to end with exit code 0, and to say nothing on standard error. */
void child_run_well(child *result, const char *folder, const char *line);
void child_run_as(child *result, const child_setup *setup, const char *line);

#endif
