/* Holds back the signals that end the program until the files are complete. */
#ifndef CLSTEP_CLI_INTERRUPT_H
#define CLSTEP_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGHUP, SIGINT, SIGPIPE (of a message that nobody reads) and SIGTERM are only noted,
 * unless they were ignored. */
void interrupt_hold(void);
/* Whether one has come. */
bool interrupt_seen(void);
/* Lets signals through again; one that has come ends the program now. */
void interrupt_release(void);

#endif
