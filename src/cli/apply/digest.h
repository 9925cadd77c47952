/* A number that tells the gradients of one step from those of another. */
#ifndef CLSTEP_CLI_APPLY_DIGEST_H
#define CLSTEP_CLI_APPLY_DIGEST_H

#include <clstep/store.h>

/* That of elements from number `first` on of the tensor of this name, each of `size` bytes (2, 4 or
 * 8). The digest of a file is the sum over all its elements, however they are cut. */
uint64_t digest_elements(const char *tensor, uint64_t first, const void *elements, size_t size,
                         size_t count);

/* That of a whole file of gradients. */
clstep_status digest_file(const clstep_safetensors *file, uint64_t *digest);

#endif
