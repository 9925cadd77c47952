/* clstep_state_find_bad(): looks for numbers with which training cannot go on. */
#include <clstep/store.h>
#include <math.h>
#include <stdbool.h>

size_t clstep_state_find_bad(const char *state, const float *values, size_t count)
{
    const bool squares = state && !clstep_state_is_signed(state);
    size_t i = 0;
    while (values && i < count && isfinite(values[i]) && !(squares && values[i] < 0))
        i++;
    return values ? i : count;
}
