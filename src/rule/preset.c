#include "base/error.h"
#include "base/sized.h"
#include "layout.clh"

#include <clstep/rule.h>
#include <string.h>

typedef struct {
    clstep_preset_info info;
    clstep_rule rule; /* lr 0.001 where the framework asks the user for it */
} preset;

/* Defaults and formulas are those of the named sources; what a row does not name is 0. */
static const preset presets[] = {
    {{"hinton", "G. Hinton, Neural Networks for Machine Learning, lecture 6e (2012)",
      "v = rho v + (1-rho) g^2;  p -= lr g / sqrt(v + eps)"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_OWN,
      .lr = 1e-3,
      .rho = 0.9,
      .eps = 1e-8,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_RECURSION,
      .eps_inside_sqrt = 1}},
    {{"torch", "PyTorch, torch.optim.RMSprop on the CPU",
      "v = rho v + (1-rho) g^2;  b = momentum b + g / (sqrt(v) + eps);  p -= lr b"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_TORCH,
      .lr = 1e-2,
      .rho = 0.99,
      .eps = 1e-8,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_DIFFERENCE}},
    {{"keras", "Keras 3, keras.optimizers.RMSprop",
      "v = rho v + (1-rho) g^2;  b = momentum b + lr g / sqrt(v + eps);  p -= b"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_KERAS,
      .lr = 1e-3,
      .rho = 0.9,
      .eps = 1e-7,
      .decay = CLSTEP_DECAY_DECOUPLED,
      .variance = CLSTEP_VARIANCE_DIFFERENCE,
      .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"tf1", "TensorFlow 1, tf.train.RMSPropOptimizer",
      "v += (g^2 - v) (1-rho), v starts at 1;  b = momentum b + lr g / sqrt(v + eps);  p -= b"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_TF1,
      .lr = 1e-3,
      .rho = 0.9,
      .eps = 1e-10,
      .initial_square_avg = 1,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_DIFFERENCE,
      .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"optax", "optax.rmsprop",
      "v = (1-rho) g^2 + rho v;  b = lr g / sqrt(v + eps) + momentum b;  p -= b"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_OPTAX,
      .lr = 1e-3,
      .rho = 0.9,
      .eps = 1e-8,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_DIFFERENCE,
      .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"timm", "timm.optim.RMSpropTF",
      "v += (g^2 - v) (1-rho), v starts at 1;  b = momentum b + lr g / sqrt(v + eps);  p -= b"},
     {.algorithm = CLSTEP_RMSPROP,
      .arithmetic = CLSTEP_ARITHMETIC_TIMM,
      .lr = 1e-2,
      .rho = 0.9,
      .eps = 1e-10,
      .initial_square_avg = 1,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_DIFFERENCE,
      .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"sgd", "PyTorch, torch.optim.SGD on the CPU",
      "b = momentum b + (1-dampening) g, first b = g;  p -= lr b (nesterov: g + momentum b)"},
     {.algorithm = CLSTEP_SGD,
      .arithmetic = CLSTEP_ARITHMETIC_TORCH,
      .lr = 1e-3,
      .decay = CLSTEP_DECAY_L2}},
    {{"adagrad", "PyTorch, torch.optim.Adagrad on the CPU",
      "s = s + g^2;  p -= lr / (1 + (t-1) lr_decay) g / (sqrt(s) + eps)"},
     {.algorithm = CLSTEP_ADAGRAD,
      .arithmetic = CLSTEP_ARITHMETIC_TORCH,
      .lr = 1e-2,
      .eps = 1e-10,
      .decay = CLSTEP_DECAY_L2}},
    {{"adam", "PyTorch, torch.optim.Adam on the CPU",
      "m = lerp(m, g, 1-beta1);  v = beta2 v + (1-beta2) g^2;  "
      "p -= lr / (1-beta1^t) m / (sqrt(v) / sqrt(1-beta2^t) + eps)"},
     {.algorithm = CLSTEP_ADAM,
      .arithmetic = CLSTEP_ARITHMETIC_TORCH,
      .lr = 1e-3,
      .eps = 1e-8,
      .beta1 = 0.9,
      .beta2 = 0.999,
      .decay = CLSTEP_DECAY_L2,
      .bias_correction = 1}},
    {{"adamw", "PyTorch, torch.optim.AdamW on the CPU",
      "p = p (1 - lr weight_decay);  then as adam"},
     {.algorithm = CLSTEP_ADAM,
      .arithmetic = CLSTEP_ARITHMETIC_TORCH,
      .lr = 1e-3,
      .eps = 1e-8,
      .beta1 = 0.9,
      .beta2 = 0.999,
      .weight_decay = 1e-2,
      .decay = CLSTEP_DECAY_DECOUPLED,
      .bias_correction = 1}},
};

enum { PRESET_COUNT = sizeof presets / sizeof *presets };

const clstep_preset_info *clstep_preset(size_t index)
{
    return index < PRESET_COUNT ? &presets[index].info : NULL;
}

clstep_status clstep_rule_preset(clstep_rule *rule, const char *name)
{
    static const char call[] = "clstep_rule_preset";
    if (!name)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "name is NULL; give a preset's name");
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        if (strcmp(presets[i].info.name, name) == 0) {
            if (!clstep__sized_clear(rule, sizeof *rule))
                return clstep__fail(
                    CLSTEP_INVALID_ARGUMENT, call,
                    "rule must point to a clstep_rule that starts as CLSTEP_RULE_INIT");
            const size_t size = rule->size;
            *rule = presets[i].rule;
            rule->size = size;
            return CLSTEP_OK;
        }
    }
    return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                        "there is no preset \"%.40s\"; there are hinton, torch, keras, tf1, optax, "
                        "timm, sgd, adagrad, adam and adamw",
                        name);
}
