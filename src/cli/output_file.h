/* Files that appear whole or not at all: written under another name in the same folder, then
 * renamed. "-" is standard output; everything else that the program prints then goes to standard
 * error. Standard output, pipes and devices are streams: they are written to directly. */
#ifndef CLSTEP_CLI_OUTPUT_FILE_H
#define CLSTEP_CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct output_file {
    const char *path; /* as it was given */
    char *target;     /* the same without links; NULL of a stream */
    char *temporary;  /* likewise */
    FILE *stream;
} output_file;

/* All return an exit code and have said what is wrong. One file can be open at a time; a signal
 * that ends the program removes what was written of it. */
int output_open(output_file *file, const char *path);
/* Gives the file its name, and the mode of the file that it replaces; on failure nothing is left
 * and an existing file is as it was. */
int output_commit(output_file *file);
/* Removes what was written. */
void output_abandon(output_file *file);
/* Whether output_open() and output_commit() can be expected to work. Leaves no file. */
int output_check(const char *path);
/* The same, and refuses a stream as the option's value. */
int output_check_file(const char *option, const char *path);
/* The same for a file whose folders are made when it is written; `path` is absolute. */
int output_check_below(const char *path);

/* Whether `path` leads to a stream. */
bool output_is_stream(const char *path);
/* Refuses a stream as the option's value. */
int output_refuse_stream(const char *option, const char *path);

#endif
