/* The table of clstep_rule's fields. Options, checkpoints, validation and `clstep presets` read it.
 * A rule's descriptor lists which of them the rule has. */
#include "rule/fields.h"

#include <string.h>

static const char *const decays[] = {[CLSTEP_DECAY_L2] = "L2",
                                     [CLSTEP_DECAY_DECOUPLED] = "decoupled",
                                     [CLSTEP_DECAY_DECOUPLED_WITHOUT_LR] = "decoupled_without_lr",
                                     NULL};
static const char *const variances[] = {
    [CLSTEP_VARIANCE_DIFFERENCE] = "difference", [CLSTEP_VARIANCE_RECURSION] = "recursion", NULL};

static const char *const clips[] = {[CLSTEP_CLIP_NONE] = "none",
                                    [CLSTEP_CLIP_VALUE] = "value",
                                    [CLSTEP_CLIP_NORM] = "norm",
                                    [CLSTEP_CLIP_GLOBAL_NORM] = "global_norm",
                                    NULL};

#define FIELD(name, kind, words)                                                                   \
    {                                                                                              \
#name, CLSTEP_FIELD_##kind, offsetof(clstep_rule, name), words                             \
    }
static const clstep_field_info fields[] = {
    FIELD(lr, NUMBER, NULL),
    FIELD(rho, NUMBER, NULL),
    FIELD(eps, NUMBER, NULL),
    FIELD(momentum, NUMBER, NULL),
    FIELD(dampening, NUMBER, NULL),
    FIELD(beta1, NUMBER, NULL),
    FIELD(beta2, NUMBER, NULL),
    FIELD(weight_decay, NUMBER, NULL),
    FIELD(lr_decay, NUMBER, NULL),
    FIELD(momentum_decay, NUMBER, NULL),
    FIELD(initial_square_avg, NUMBER, NULL),
    FIELD(clip_bound, NUMBER, NULL),
    FIELD(decay, CHOICE, decays),
    FIELD(variance, CHOICE, variances),
    FIELD(clip, CHOICE, clips),
    FIELD(centered, SWITCH, NULL),
    FIELD(eps_inside_sqrt, SWITCH, NULL),
    FIELD(lr_in_momentum, SWITCH, NULL),
    FIELD(nesterov, SWITCH, NULL),
    FIELD(bias_correction, SWITCH, NULL),
    FIELD(amsgrad, SWITCH, NULL),
    FIELD(maximize, SWITCH, NULL),
};

const clstep_field_info *clstep_rule_field(size_t index)
{
    return index < sizeof fields / sizeof *fields ? &fields[index] : NULL;
}

const clstep_field_info *clstep__field_find(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

double clstep__field_get(const clstep_rule *rule, const clstep_field_info *field)
{
    const char *at = (const char *)rule + field->offset;
    if (field->kind == CLSTEP_FIELD_NUMBER) {
        double number;
        memcpy(&number, at, sizeof number);
        return number;
    }
    int32_t integer;
    memcpy(&integer, at, sizeof integer);
    return (double)integer;
}

void clstep__field_set(clstep_rule *rule, const clstep_field_info *field, double value)
{
    char *at = (char *)rule + field->offset;
    const int32_t integer = field->kind == CLSTEP_FIELD_NUMBER ? 0 : (int32_t)value;
    if (field->kind == CLSTEP_FIELD_NUMBER)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &integer, sizeof integer);
}
