/* Parameters that are given in a checkpoint, with their state beside them: files of `clstep train
 * --save`, and of clstep_checkpoint_save() with the parameters. */
#ifndef CLSTEP_CLI_APPLY_BESIDE_H
#define CLSTEP_CLI_APPLY_BESIDE_H

#include <clstep/store.h>
#include <stdbool.h>

/* `beside` is the checkpoint that the file `params` is, or NULL: it is none. */

/* Fills `places`, which has room for all tensors of `params`: 0, 1, 2 ... for those that a new file
 * of the parameters has too, SIZE_MAX for arrays of the state. Returns an exit code and has said
 * what is wrong. */
int beside_place(const clstep_safetensors *params, const clstep_checkpoint *beside, size_t *places);

/* How many steps the file says that its parameters have taken; false where it tells none. */
bool beside_steps(const clstep_safetensors *params, const clstep_checkpoint *beside,
                  uint64_t *steps);

#endif
