/* Cuts gradients into the leaves of which norms are computed. */
#include "optimizer/leaves.h"

#include "abi/norm.h"

uint64_t clstep__leaves_of(const clstep__plan_tensor *tensor, uint32_t clip)
{
    return clip ? clstep__round_up(tensor->count, CLSTEP_NORM_LEAF) / CLSTEP_NORM_LEAF : 0;
}

void clstep__leaves_cut(clstep_chunk *leaves, const clstep__plan_tensor *tensor,
                        const clstep__leaf_form *form)
{
    const uint64_t count = clstep__leaves_of(tensor, form->clip);
    for (uint64_t i = 0; i < count; i++) {
        clstep_chunk *leaf = &leaves[tensor->leaf + i];
        const uint64_t start = i * CLSTEP_NORM_LEAF, left = tensor->count - start;
        leaf->grad = tensor->grad_offset + start;
        leaf->count = left < CLSTEP_NORM_LEAF ? (uint32_t)left : CLSTEP_NORM_LEAF;
        leaf->constants = tensor->slot + 1;
        leaf->buffers = form->buffers;
        if (form->clip == CLSTEP_CLIPS_NORM)
            leaf->element = i == 0 ? count : CLSTEP_NORM_FOLLOWS;
        if (!tensor->grad_misaligned && leaf->grad % form->width == 0)
            leaf->buffers |= CLSTEP_CHUNK_ALIGNED;
        if (form->address_size > 0)
            leaf->grad = (uintptr_t)tensor->grad_address + leaf->grad * form->address_size;
    }
}

void clstep__leaves_empty(clstep_chunk *leaves, const clstep__plan_tensor *tensor, uint32_t clip)
{
    for (uint64_t i = 0; i < clstep__leaves_of(tensor, clip); i++)
        leaves[tensor->leaf + i].count = 0;
}
