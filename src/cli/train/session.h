/* What one or more training runs share: the device with the data, the network and the engine. */
#ifndef CLSTEP_CLI_TRAIN_SESSION_H
#define CLSTEP_CLI_TRAIN_SESSION_H

#include "cli/progress.h"
#include "cli/train/dataset.h"
#include "cli/train/network.h"

typedef struct train_session {
    const dataset *data;
    size_t batch;
    workplace place;
    network net;
    clstep_engine *engine;
    network_images train;
    network_images test;
    cl_mem losses;  /* float: of each row of an epoch's order */
    cl_mem correct; /* uchar: for each test image */
    progress bar;
} train_session;

/* Returns an exit code; close accepts what a failed open has left. `data` must stay. */
int session_open(train_session *session, const dataset *data, const network_shape *shape,
                 size_t batch, const char *device);
void session_close(train_session *session);

/* Batches of an epoch; the last one may be smaller. */
size_t session_steps(const train_session *session);
/* The share of the test images that are classified rightly; waits. */
int session_accuracy(const train_session *session, double *accuracy);
/* CRC-32 of all parameters, as they lie in memory, and whether all are finite. */
int session_checksum(const train_session *session, uint32_t *checksum, bool *finite);

#endif
