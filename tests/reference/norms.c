/* Our norms of the inputs' gradients, and gradients clipped by given norms: by the scalar
 * reference.
 */
#include "norms.h"

#include "reference/norm.h"

bool clips_by_norm(const clstep_rule *rule)
{
    return rule->clip == CLSTEP_CLIP_NORM || rule->clip == CLSTEP_CLIP_GLOBAL_NORM;
}

static float norm_of_tensor(const float *grad, size_t count)
{
    clstep__norm norm = {.leaves = 0};
    clstep__norm_add_own(&norm, grad, count);
    return clstep__norm_of(&norm);
}

void find_norms(const clstep_rule *rule, const inputs *in, norms *into)
{
    for (size_t t = 0; t < STEPS; t++) {
        clstep__norm small = {.leaves = 0}, large = {.leaves = 0};
        const float *grad = in->grad[t];
        for (size_t k = 0; k < TENSORS; grad += tensor_sizes[k++]) {
            clstep__norm_add(k < SMALL_TENSORS ? &small : &large, grad, tensor_sizes[k]);
            into->norm[t][k] = norm_of_tensor(grad, tensor_sizes[k]);
        }
        for (size_t k = 0; rule->clip == CLSTEP_CLIP_GLOBAL_NORM && k < TENSORS; k++)
            into->norm[t][k] = clstep__norm_of(k < SMALL_TENSORS ? &small : &large);
    }
}

void clip_inputs(const clstep_rule *rule, const inputs *in, const norms *by, inputs *into)
{
    *into = *in;
    for (size_t t = 0; t < STEPS; t++) {
        float *grad = into->grad[t];
        for (size_t k = 0; k < TENSORS; k++) {
            for (size_t i = 0; i < tensor_sizes[k]; i++, grad++)
                *grad = clstep__clip_by_norm(rule, by->norm[t][k], *grad);
        }
    }
}
