/* Runs a rule over the inputs by the scalar reference. */
#include "reference/reference.h"

#include "run.h"

void run_scalar(const clstep_rule *rule, const inputs *in, trajectory *out)
{
    const char *names[ARRAYS_MAX];
    const size_t arrays = name_arrays(rule, names);
    out->elements = ELEMENTS;
    for (size_t i = 0; i < ELEMENTS; i++) {
        float p = in->param[i];
        float state[ARRAYS_MAX] = {(float)rule->initial_square_avg};
        for (size_t t = 0; t < STEPS; t++) {
            clstep__reference(rule, rule->lr, t + 1, &p, in->grad[t][i], state);
            out->values[0][t][i] = p;
            for (size_t k = 1; k < arrays; k++)
                out->values[k][t][i] = state[k - 1];
        }
    }
}
