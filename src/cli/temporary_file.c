/* Keeps the name of the one temporary file, for the signal handlers that remove it. Otherwise its
 * writer renames or removes it. */
#include "cli/temporary_file.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int endings[] = {SIGHUP, SIGINT, SIGTERM};
enum { ENDINGS = sizeof endings / sizeof *endings };

/* Never freed: the handler may run in any thread at any time. */
static char path[PATH_MAX];
static atomic_int exists, creating, arrived;
static struct sigaction before[ENDINGS];

/* While mkstemp() runs, the name may be another's file: the signal then waits until it returns. */
static void end(int signal_number)
{
    arrived = signal_number;
    if (creating)
        return;
    if (exists)
        unlink(path);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void install(void)
{
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ENDINGS; i++) {
        sigaction(endings[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(endings[i], &action, NULL);
    }
}

static void restore(void)
{
    for (size_t i = 0; i < ENDINGS; i++)
        sigaction(endings[i], &before[i], NULL);
}

int temporary_file_create(char *name)
{
    if (strlen(name) >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    arrived = 0;
    creating = 1;
    install();
    int descriptor = mkstemp(name);
    int reason = errno;
    if (descriptor >= 0) {
        strcpy(path, name);
        exists = 1;
    }
    creating = 0;
    if (arrived)
        end(arrived);
    if (descriptor < 0)
        restore();
    errno = reason;
    return descriptor;
}

void temporary_file_gone(void)
{
    exists = 0;
    restore();
}
