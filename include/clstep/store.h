/*
 * Files: safetensors, checkpoints of an optimizer, and the states of other frameworks. These calls
 * are in a library of their own, libclstep-store, on top of libclstep. Programs that only step do
 * not need it.
 *
 * Ownership, threads and process are as in clstep.h, with three differences: these calls touch
 * files; they wait until a file is read or written and until state is copied between device and
 * host; and only one thread at a time may use a clstep_safetensors, clstep_writer or
 * clstep_checkpoint.
 */
#ifndef CLSTEP_STORE_H
#define CLSTEP_STORE_H

#include <clstep/checkpoint.h>
#include <clstep/convert.h>
#include <clstep/safetensors.h>

#endif
