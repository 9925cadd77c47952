#include <clstep/store.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool holds_squares(const char *state)
{
    static const char *const names[] = {"square_avg", "grad_var", "sum", "exp_avg_sq"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(state, names[i]) == 0)
            return true;
    }
    return false;
}

size_t clstep_state_find_bad(const char *state, const float *values, size_t count)
{
    const bool squares = state && holds_squares(state);
    size_t i = 0;
    while (values && i < count && isfinite(values[i]) && !(squares && values[i] < 0))
        i++;
    return values ? i : count;
}
