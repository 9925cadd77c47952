/* Telling gradients apart, so that a step which was cut off is not taken twice. Nobody is kept from
 * making two files of one digest on purpose. */
#include "cli/apply/digest.h"

#include <string.h>

/* A bijection that leaves no trace of neighbourhood (splitmix64). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t digest_name(const char *name)
{
    uint64_t digest = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *name; name++)
        digest = (digest ^ (unsigned char)*name) * 0x100000001b3u;
    return mix(digest);
}

uint64_t digest_elements(const char *tensor, uint64_t first, const void *elements, size_t size,
                         size_t count)
{
    const unsigned char *bytes = elements;
    const uint64_t seed = digest_name(tensor);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, bytes + i * size, size);
        sum += mix((bits + 1) * 0x9e3779b97f4a7c15u + mix(seed + first + i));
    }
    return sum;
}

clstep_status digest_file(const clstep_safetensors *file, uint64_t *digest)
{
    static unsigned char piece[1 << 20];
    clstep_status status = CLSTEP_OK;
    *digest = 0;
    for (size_t i = 0; i < clstep_safetensors_tensor_count(file); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(file, i, &tensor);
        const uint64_t size = status == CLSTEP_OK && tensor.count ? tensor.bytes / tensor.count : 1;
        const uint64_t most = size > 8 ? 0 : sizeof piece / size; /* no gradient is wider */
        for (uint64_t first = 0; status == CLSTEP_OK && most && first < tensor.count;
             first += most) {
            const uint64_t left = tensor.count - first;
            const size_t count = (size_t)(left < most ? left : most);
            status = clstep_safetensors_read(file, i, first * size, count * size, piece);
            if (status == CLSTEP_OK)
                *digest += digest_elements(tensor.name, first, piece, (size_t)size, count);
        }
        if (status != CLSTEP_OK)
            return status;
    }
    return status;
}
