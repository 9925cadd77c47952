#include "optimizer/plan.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>

/* State starts at the parameter's offset modulo this many elements: where the parameter is aligned,
 * whatever the vector width, the state is too. */
enum { STATE_ALIGNMENT = 16 };

static uint64_t head_of(const clstep__plan_tensor *tensor, const clstep__plan_limits *limits)
{
    return tensor->param_offset % limits->width;
}

/* The first chunk is shortened so that all others begin at an aligned parameter. */
static uint64_t chunks_of(const clstep__plan_tensor *tensor, const clstep__plan_limits *limits)
{
    if (tensor->count == 0)
        return 0;
    const uint64_t first = limits->chunk_elements - head_of(tensor, limits);
    if (tensor->count <= first)
        return 1;
    const uint64_t rest = tensor->count - first;
    return 1 + rest / limits->chunk_elements + (rest % limits->chunk_elements != 0);
}

/* Gives every tensor of the family its arena and offset. */
static void place_family(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                         uint32_t family, const clstep__plan_limits *limits)
{
    clstep__arena *arena = NULL;
    for (size_t i = 0; i < count; i++) {
        clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->family != family || tensor->count == 0)
            continue;
        uint64_t offset = 0;
        if (arena) {
            const uint64_t ahead = tensor->param_offset - arena->elements; /* modulo 2^64 */
            offset = arena->elements + ahead % STATE_ALIGNMENT;
        }
        if (!arena || offset + tensor->count > limits->arena_elements) {
            arena = &plan->arenas[plan->arena_count++];
            arena->family = family;
            offset = tensor->param_offset % STATE_ALIGNMENT;
        }
        arena->elements = offset + tensor->count;
        tensor->arena = plan->arena_count - 1;
        tensor->state_offset = offset;
    }
}

/* The slot of `buffer` among `count` buffers; `count` if it has none yet. */
static uint32_t slot_of(const void *const *buffers, uint32_t count, const void *buffer)
{
    uint32_t slot = 0;
    while (slot < count && buffers[slot] != buffer)
        slot++;
    return slot;
}

static uint32_t group_slot_of(const clstep__launch *launch, uint32_t group)
{
    uint32_t slot = 0;
    while (slot < launch->group_count && launch->groups[slot] != group)
        slot++;
    return slot;
}

static bool takes(const clstep__launch *launch, const clstep__plan_tensor *tensor)
{
    return launch->family == tensor->family && launch->arena == tensor->arena &&
           group_slot_of(launch, tensor->group) < CLSTEP_GROUPS_MAX &&
           slot_of(launch->params, launch->param_count, tensor->param) < CLSTEP_BUFFERS_MAX &&
           slot_of(launch->grads, launch->grad_count, tensor->grad) < CLSTEP_BUFFERS_MAX;
}

/* Takes the tensor's group and buffers into the launch; gives them as bits of clstep_chunk.where.
 */
static uint32_t enter(clstep__launch *launch, const clstep__plan_tensor *tensor)
{
    const uint32_t group = group_slot_of(launch, tensor->group);
    const uint32_t param = slot_of(launch->params, launch->param_count, tensor->param);
    const uint32_t grad = slot_of(launch->grads, launch->grad_count, tensor->grad);
    if (group == launch->group_count)
        launch->groups[launch->group_count++] = tensor->group;
    if (param == launch->param_count)
        launch->params[launch->param_count++] = tensor->param;
    if (grad == launch->grad_count)
        launch->grads[launch->grad_count++] = tensor->grad;
    return group << CLSTEP_WHERE_GROUP_SHIFT | param << CLSTEP_WHERE_PARAM_SHIFT |
           grad << CLSTEP_WHERE_GRAD_SHIFT;
}

static void cut(clstep__plan *plan, clstep__launch *launch, const clstep__plan_tensor *tensor,
                const clstep__plan_limits *limits)
{
    const uint32_t where = enter(launch, tensor);
    uint64_t length = limits->chunk_elements - head_of(tensor, limits);
    for (uint64_t start = 0; start < tensor->count; start += length) {
        if (start > 0)
            length = limits->chunk_elements;
        const uint64_t left = tensor->count - start;
        clstep_chunk *chunk = &plan->chunks[plan->chunk_count++];
        chunk->param = tensor->param_offset + start;
        chunk->grad = tensor->grad_offset + start;
        chunk->state = tensor->state_offset + start;
        chunk->count = (uint32_t)(left < length ? left : length);
        chunk->where = where;
        const uint64_t offsets = chunk->param | chunk->grad | chunk->state;
        if (!tensor->misaligned && offsets % limits->width == 0) /* widths are powers of 2 */
            chunk->where |= CLSTEP_WHERE_ALIGNED;
        launch->chunk_count++;
    }
}

static void launch_family(clstep__plan *plan, const clstep__plan_tensor *tensors, size_t count,
                          uint32_t family, const clstep__plan_limits *limits)
{
    clstep__launch *launch = NULL;
    for (size_t i = 0; i < count; i++) {
        const clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->family != family || tensor->count == 0)
            continue;
        if (!launch || !takes(launch, tensor)) {
            launch = &plan->launches[plan->launch_count++];
            launch->family = family;
            launch->arena = tensor->arena;
            launch->first_chunk = plan->chunk_count;
        }
        cut(plan, launch, tensor, limits);
    }
}

clstep_status clstep__plan_make(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                                uint32_t family_count, const clstep__plan_limits *limits)
{
    *plan = (clstep__plan){0};
    uint64_t chunks = 0;
    for (size_t i = 0; i < count; i++)
        chunks += chunks_of(&tensors[i], limits);
    /* Each tensor opens at most one arena and one launch. */
    plan->arenas = clstep__allocate(count, sizeof *plan->arenas);
    plan->launches = clstep__allocate(count, sizeof *plan->launches);
    plan->chunks = chunks > SIZE_MAX ? NULL : clstep__allocate(chunks, sizeof *plan->chunks);
    if (!plan->arenas || !plan->launches || !plan->chunks) {
        clstep__plan_free(plan);
        return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                            "the host is out of memory for the plan of %zu tensors", count);
    }
    for (uint32_t family = 0; family < family_count; family++) {
        place_family(plan, tensors, count, family, limits);
        launch_family(plan, tensors, count, family, limits);
    }
    return CLSTEP_OK;
}

void clstep__plan_free(clstep__plan *plan)
{
    clstep__free(plan->arenas);
    clstep__free(plan->launches);
    clstep__free(plan->chunks);
    *plan = (clstep__plan){0};
}

uint32_t clstep__launch_is_many(const clstep__launch *launch)
{
    return launch->group_count > 1 || launch->param_count > 1 || launch->grad_count > 1;
}
