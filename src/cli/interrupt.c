/* Notes signals while files are being written. Removing a temporary file is temporary_file.c's. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int held[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
enum { HELD = sizeof held / sizeof *held };

static struct sigaction before[HELD];
static bool holding;
static volatile sig_atomic_t seen;

static void note(int signal)
{
    seen = signal;
}

void interrupt_hold(void)
{
    seen = 0;
    holding = true;
    for (int i = 0; i < HELD; i++) {
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(held[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(held[i], &action, NULL);
    }
}

bool interrupt_seen(void)
{
    return seen != 0;
}

void interrupt_release(void)
{
    if (!holding)
        return;
    holding = false;
    for (int i = 0; i < HELD; i++)
        sigaction(held[i], &before[i], NULL);
    if (seen)
        raise(seen);
}
