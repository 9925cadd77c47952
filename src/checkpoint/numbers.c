/* Refuses numbers of a checkpoint with which training cannot go on. array_dtype.c finds them. */
#include "checkpoint/numbers.h"

#include "safetensors/array_dtype.h"
#include "safetensors/error.h"

#include <inttypes.h>

clstep_status clstep__check_numbers(const char *call, const clstep__piece *piece, const char *state,
                                    int32_t dtype, const void *elements, uint64_t first,
                                    size_t count)
{
    float value = 0;
    const size_t bad = clstep__array_find_bad(state, dtype, elements, count, &value);
    if (bad == count)
        return CLSTEP_OK;
    char text[CLSTEP__NUMBER_SIZE];
    return clstep__store_fail(
        CLSTEP_INVALID_FILE, call,
        "\"%.60s.%.20s\" is %s at element %" PRIu64
        ", from which training cannot go on; use an older checkpoint, or set options->allow_nan",
        piece->name->name, state, clstep__number(value, text), first + bad);
}
