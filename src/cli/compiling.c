/* Prints that kernels are being compiled. A second thread does so, because the first waits for the
 * driver. */
#include "cli/compiling.h"

#include "cli/terminal.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

static pthread_t teller;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static bool is_running, has_ended, has_told;
static clstep_device_info device;

/* Leaves out the device on a terminal that is too narrow for it. */
static void tell_device(void)
{
    char text[sizeof device.name + 40];
    snprintf(text, sizeof text, "compiling kernels for %s ...", device.name);
    const bool fits = strlen("clstep: ") + strlen(text) <= terminal_columns(stderr);
    complain(EXIT_OK, "%s", fits ? text : "compiling kernels ...");
}

static void *tell(void *unused)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 500000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&lock);
    while (!has_ended && pthread_cond_timedwait(&change, &lock, &until) == 0)
        ;
    has_told = !has_ended;
    if (has_told)
        tell_device();
    pthread_mutex_unlock(&lock);
    return unused;
}

void compiling_begin(const workplace *place)
{
    device = (clstep_device_info)CLSTEP_DEVICE_INFO_INIT;
    if (is_running || has_told || clstep_device_describe(place->device, &device) != CLSTEP_OK)
        return;
    has_ended = false;
    is_running = pthread_create(&teller, NULL, tell, NULL) == 0;
}

void compiling_end(void)
{
    if (!is_running)
        return;
    pthread_mutex_lock(&lock);
    has_ended = true;
    pthread_cond_signal(&change);
    pthread_mutex_unlock(&lock);
    pthread_join(teller, NULL);
    is_running = false;
}
