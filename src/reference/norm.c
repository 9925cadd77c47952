/* The norm of gradients, in the order of abi/norm.h. */
#include "reference/norm.h"

#include "abi/rounding.h"

#include <math.h>
#include <stddef.h>

static clstep__sum add(clstep__sum a, clstep__sum b)
{
    const float rounded = a.rounded + b.rounded, added = rounded - a.rounded;
    const float of_a = rounded - added;
    const float lost_of_a = a.rounded - of_a, lost_of_b = b.rounded - added;
    const float lost = lost_of_a + lost_of_b, before = a.lost + b.lost;
    return (clstep__sum){rounded, lost + before};
}

static clstep__sum add_neighbours(const clstep__sum lanes[CLSTEP_NORM_LANES])
{
    clstep__sum left[CLSTEP_NORM_LANES];
    for (size_t i = 0; i < CLSTEP_NORM_LANES; i++)
        left[i] = lanes[i];
    for (size_t count = CLSTEP_NORM_LANES / 2; count > 0; count /= 2) {
        for (size_t i = 0; i < count; i++)
            left[i] = add(left[2 * i], left[2 * i + 1]);
    }
    return left[0];
}

/* Each lane adds every 32nd square, four at a time. */
static clstep__sum sum_of_part(const float *grad, size_t count)
{
    clstep__sum lanes[CLSTEP_NORM_LANES] = {{0, 0}};
    for (size_t first = 0; first < count; first += 4 * CLSTEP_NORM_LANES) {
        for (size_t lane = 0; lane < CLSTEP_NORM_LANES; lane++) {
            float squares = 0;
            for (size_t i = first + lane; i < count && i < first + 4 * CLSTEP_NORM_LANES;
                 i += CLSTEP_NORM_LANES)
                squares = fmaf(grad[i], grad[i], squares);
            lanes[lane] = add(lanes[lane], (clstep__sum){squares, 0});
        }
    }
    return add_neighbours(lanes);
}

static clstep__sum sum_of_leaf(const float *grad, size_t count)
{
    clstep__sum sum = {0, 0};
    for (size_t first = 0; first < count; first += CLSTEP_NORM_PART) {
        const size_t left = count - first;
        sum =
            add(sum, sum_of_part(grad + first, left < CLSTEP_NORM_PART ? left : CLSTEP_NORM_PART));
    }
    return sum;
}

void clstep__norm_add(clstep__norm *norm, const float *grad, size_t count)
{
    for (size_t first = 0; first < count; first += CLSTEP_NORM_LEAF, norm->leaves++) {
        const size_t left = count - first;
        clstep__sum *lane = &norm->lanes[norm->leaves % CLSTEP_NORM_LANES];
        if (grad)
            *lane = add(*lane, sum_of_leaf(grad + first,
                                           left < CLSTEP_NORM_LEAF ? left : CLSTEP_NORM_LEAF));
    }
}

void clstep__norm_add_own(clstep__norm *norm, const float *grad, size_t count)
{
    for (size_t first = 0; first < count; first += CLSTEP_NORM_LEAF) {
        const size_t left = count - first;
        norm->lanes[0] =
            add(norm->lanes[0],
                sum_of_leaf(grad + first, left < CLSTEP_NORM_LEAF ? left : CLSTEP_NORM_LEAF));
    }
}

float clstep__norm_of(const clstep__norm *norm)
{
    const clstep__sum sum = add_neighbours(norm->lanes);
    return sqrtf(isfinite(sum.rounded) ? sum.rounded + sum.lost : sum.rounded);
}

/* PyTorch's clip_grad_norm_(). */
static float clip_as_torch(float norm, float bound, float g)
{
    const float divisor = norm + 1e-6f, inverse = 1 / divisor, factor = inverse * bound;
    return g * (factor > 1 ? 1 : factor);
}

/* Keras's clipnorm, which is TensorFlow's clip_by_norm(). */
static float clip_as_keras(float norm, float bound, float g)
{
    const float product = g * bound;
    return product / (bound > norm ? bound : norm);
}

/* Keras's global_clipnorm, which is TensorFlow's clip_by_global_norm(). The difference makes it NaN
 * if the norm is infinite. */
static float clip_globally_as_keras(float norm, float bound, float inverse_of_bound, float g)
{
    const float inverse = 1 / norm, difference = norm - norm;
    const float scale = bound * (inverse > inverse_of_bound ? inverse_of_bound : inverse);
    return g * (scale + difference);
}

float clstep__clip_by_norm(const clstep_rule *rule, float norm, float g)
{
    const float bound = (float)rule->clip_bound;
    float inverse = 1 / bound;
    switch (rule->rounding) {
    case CLSTEP_ROUNDING_KERAS:
    case CLSTEP_ROUNDING_KERAS_TORCH: /* in Python, so in double */
        inverse = (float)(1 / rule->clip_bound);
        break;
    case CLSTEP_ROUNDING_TF1:
        break;
    default:
        return clip_as_torch(norm, bound, g);
    }
    return rule->clip == CLSTEP_CLIP_NORM ? clip_as_keras(norm, bound, g)
                                          : clip_globally_as_keras(norm, bound, inverse, g);
}
