/*
 * Files: safetensors, checkpoints of an optimizer, and the states of other frameworks. These calls
 * are in a library of their own, libclstep-store, on top of libclstep. Programs that only step do
 * not need it.
 *
 * Ownership, threads and process are as in clstep.h, with two differences: these calls touch files,
 * and they wait until a file is read or written and until state is copied between device and host.
 * Only one thread at a time may use a handle.
 */
#ifndef CLSTEP_STORE_H
#define CLSTEP_STORE_H

#include <clstep/checkpoint.h>
#include <clstep/convert.h>
#include <clstep/safetensors.h>

#endif
