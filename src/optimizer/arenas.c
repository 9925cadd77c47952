/* Places the state of tensors in arenas, and numbers their elements. buffers.c creates the buffers.
 */
#include "optimizer/arenas.h"

#include "abi/block8.h"

/* State begins at the parameter's offset modulo this many elements. So where the parameter is
 * aligned, the state is aligned too, for every vector width. */
enum { STATE_ALIGNMENT = 16 };

uint64_t clstep__round_up(uint64_t count, uint64_t unit)
{
    return count + (unit - count % unit) % unit;
}

/* Where the state of a tensor begins after `end` elements of others. */
static uint64_t place(const clstep__plan_tensor *tensor, uint64_t block, uint64_t end)
{
    if (block > 1)
        return clstep__round_up(end, block);
    return end + (tensor->param_offset - end) % STATE_ALIGNMENT; /* modulo 2^64 */
}

/* The arena of the caller's buffers: the last one, or a new one. */
static void place_given(clstep__arena *arenas, size_t *arena_count, clstep__plan_tensor *tensor)
{
    clstep__arena *last = *arena_count ? &arenas[*arena_count - 1] : NULL;
    if (!last || last->kind != tensor->kind || last->given != tensor->given_state)
        arenas[(*arena_count)++] =
            (clstep__arena){.kind = tensor->kind, .given = tensor->given_state};
    tensor->arena = *arena_count - 1;
}

void clstep__place_state(clstep__arena *arenas, size_t *arena_count, clstep__plan_tensor *tensors,
                         size_t count, uint32_t kind, uint64_t block, uint64_t most)
{
    clstep__arena *arena = NULL;
    size_t number = 0; /* of the arena */
    for (size_t i = 0; i < count; i++) {
        clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->kind != kind || tensor->count == 0)
            continue;
        if (tensor->given_state) {
            place_given(arenas, arena_count, tensor);
            continue;
        }
        uint64_t offset = arena ? place(tensor, block, arena->elements) : 0;
        if (!arena || offset + tensor->count > most) {
            number = (*arena_count)++;
            arena = &arenas[number];
            arena->kind = kind;
            offset = place(tensor, block, 0);
        }
        arena->elements = offset + tensor->count;
        tensor->arena = number;
        tensor->state_offset = offset;
    }
}

void clstep__number_elements(clstep__plan_tensor *tensors, size_t count)
{
    uint64_t next = 0, given = 0;
    for (size_t i = 0; i < count; i++)
        given |= tensors[i].first_element;
    for (size_t i = 0; i < count; i++) {
        tensors[i].element = given ? tensors[i].first_element : next;
        next += clstep__round_up(tensors[i].count, CLSTEP_BLOCK8_ELEMENTS);
    }
}
