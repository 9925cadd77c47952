/* The expected bytes of a mixture after a step, by the scalar reference and the formats on the
 * host. */
#include "mixture.h"

#include "reference/block8_step.h"

enum { BLOCK = 128 };

static void expect_block(const mixture *m, mixture_tensor *tensor, size_t first, size_t count)
{
    const clstep_rule rule = mixture_rule(m, tensor->group);
    const clstep__variant variant = clstep__variant_of(&rule);
    clstep__block block = {.rule = &rule,
                           .lr = rule.lr,
                           .t = m->step,
                           .seed = m->seed,
                           .format = clstep__format_of(m->param_dtype, m->grad_dtype,
                                                       m->state_storage, m->param_storage),
                           .element = tensor->element + first,
                           .count = count};
    block.param = tensor->param + first * clstep_dtype_size(m->param_dtype);
    block.grad = tensor->grad + first * clstep_dtype_size(m->grad_dtype);
    clstep_array_form forms[CLSTEP__ARRAYS_MAX];
    const size_t arrays = clstep__format_arrays(&variant, &block.format, forms);
    for (size_t a = 0; a < arrays; a++)
        block.arrays[a] =
            tensor->arrays[a] + first / forms[a].per * clstep_dtype_size(forms[a].dtype);
    clstep__reference_block(&block);
}

void mixture_expect(mixture *m)
{
    m->step++;
    for (size_t k = 0; k < m->tensor_count; k++) {
        const size_t count = m->tensors[k].count;
        for (size_t i = 0; i < count; i += BLOCK)
            expect_block(m, &m->tensors[k], i, count - i < BLOCK ? count - i : BLOCK);
    }
}
