/* A temporary file that must not stay when a signal ends the program. One at a time. */
#ifndef CLSTEP_CLI_TEMPORARY_FILE_H
#define CLSTEP_CLI_TEMPORARY_FILE_H

/* Makes a file as mkstemp() does, from a name of less than PATH_MAX bytes, and returns its
 * descriptor, or -1 with errno. Until temporary_file_gone(), SIGHUP, SIGINT and SIGTERM remove it
 * and then end the program, unless they were ignored. Handlers do
 * so: a signal mask would hold for one thread only, OpenCL drivers have others, and children would
 * inherit it. */
int temporary_file_create(char *name);
/* The file has been renamed or removed. */
void temporary_file_gone(void);

#endif
