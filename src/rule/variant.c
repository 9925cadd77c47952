#include "rule/variant.h"
#include "base/sized.h"

#include <string.h>

clstep__variant clstep__variant_of(const clstep_rule *rule)
{
    clstep__variant shape = {.algorithm = rule->algorithm, .rounding = rule->rounding};
    shape.decay_decoupled = rule->decay != CLSTEP_DECAY_L2;
    shape.maximize = rule->maximize;
    switch (rule->algorithm) {
    case CLSTEP_ALGORITHM_RMSPROP:
        if (rule->centered)
            shape.centered = rule->variance == CLSTEP_VARIANCE_RECURSION
                                 ? CLSTEP_CENTERED_RECURSION
                                 : CLSTEP_CENTERED_DIFFERENCE;
        shape.momentum = rule->momentum > 0;
        shape.lr_in_momentum = shape.momentum && rule->lr_in_momentum;
        shape.nesterov = shape.momentum && rule->nesterov;
        shape.eps_inside_sqrt = rule->eps_inside_sqrt;
        shape.bias_correction = rule->bias_correction;
        break;
    case CLSTEP_ALGORITHM_SGD:
        shape.momentum = rule->momentum > 0;
        shape.nesterov = shape.momentum && rule->nesterov;
        break;
    case CLSTEP_ALGORITHM_ADAGRAD:
        shape.eps_inside_sqrt = rule->eps_inside_sqrt;
        break;
    default: /* Adam: its corrections are numbers */
        break;
    }
    return shape;
}

bool clstep__variant_equal(const clstep__variant *a, const clstep__variant *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* ten int32_t: no padding */
}

/* Names in the order in which the kernels number the arrays. */
static size_t name_states(const clstep__variant *shape, const char *names[CLSTEP_STATES_MAX])
{
    size_t count = 0;
    switch (shape->algorithm) {
    case CLSTEP_ALGORITHM_RMSPROP:
        names[count++] = shape->centered == CLSTEP_CENTERED_RECURSION ? "grad_var" : "square_avg";
        if (shape->centered)
            names[count++] = "grad_avg";
        break;
    case CLSTEP_ALGORITHM_ADAGRAD:
        names[count++] = "sum";
        break;
    case CLSTEP_ALGORITHM_ADAM:
        names[count++] = "exp_avg";
        names[count++] = "exp_avg_sq";
        break;
    default: /* SGD */
        break;
    }
    if (shape->momentum)
        names[count++] = "momentum_buffer";
    return count;
}

size_t clstep__variant_states(const clstep__variant *shape)
{
    const char *names[CLSTEP_STATES_MAX];
    return name_states(shape, names);
}

const char *clstep__variant_state_name(const clstep__variant *shape, size_t index)
{
    const char *names[CLSTEP_STATES_MAX];
    return index < name_states(shape, names) ? names[index] : NULL;
}

const char *clstep_rule_state_name(const clstep_rule *rule, size_t index)
{
    if (clstep_rule_validate(rule) != CLSTEP_OK)
        return NULL;
    clstep_rule own = CLSTEP_RULE_INIT;
    clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule));
    const clstep__variant shape = clstep__variant_of(&own);
    return clstep__variant_state_name(&shape, index);
}
