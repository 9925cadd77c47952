/*
 * Files: safetensors, checkpoints of an optimizer, and the states of other frameworks. A library of
 * its own, libclstep-store, on top of libclstep. Who embeds the step alone does not need it.
 *
 * Ownership, threads and process are as in clstep.h, with one difference: calls that read or write
 * a file, or move state between a device and the host, wait until that is done. Every handle is
 * used by one thread at a time.
 */
#ifndef CLSTEP_STORE_H
#define CLSTEP_STORE_H

#include <clstep/checkpoint.h>
#include <clstep/convert.h>
#include <clstep/safetensors.h>

#endif
