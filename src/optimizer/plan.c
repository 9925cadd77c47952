/* Makes the plan: which tensors go into which launch, and their chunks. arenas.c places their
 * state. Touches no OpenCL object. */
#include "optimizer/plan.h"

#include "abi/block8.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "optimizer/arenas.h"
#include "optimizer/leaves.h"

#include <stdbool.h>

/* How the tensors of a kind are cut into chunks and launches. */
typedef struct {
    uint32_t kind;
    uint32_t binding;     /* of a launch that has several buffers */
    uint32_t buffers_max; /* of each sort in a launch, unless it has pointers */
    uint32_t param_size, grad_size;
    uint32_t clip;
    uint32_t is_controlled;
    uint64_t length;  /* of a chunk */
    uint32_t aligned; /* the first chunk is shortened so that the others begin at multiples of it */
    uint32_t block;   /* state begins at multiples of it; 1: aligned like the parameter */
    uint32_t width;
    uint64_t arena_elements;
} layout;

static layout layout_of(const clstep__plan_kind *kinds, uint32_t kind,
                        const clstep__plan_limits *limits)
{
    layout how = {.kind = kind,
                  .length = limits->chunk_elements,
                  .aligned = limits->width,
                  .block = 1,
                  .clip = kinds[kind].clip,
                  .is_controlled = kinds[kind].is_controlled,
                  .width = limits->width,
                  .param_size = kinds[kind].param_size,
                  .grad_size = kinds[kind].grad_size,
                  .arena_elements = limits->arena_elements / kinds[kind].words};
    if (kinds[kind].in_blocks) {
        how.length = clstep__round_up(how.length, CLSTEP_BLOCK8_ELEMENTS);
        how.aligned = 1;
        how.block = CLSTEP_BLOCK8_ELEMENTS;
    }
    return how;
}

/* The length of the first chunk. */
static uint64_t first_length(const clstep__plan_tensor *tensor, const layout *how)
{
    return how->length - tensor->param_offset % how->aligned;
}

static uint64_t chunks_of(const clstep__plan_tensor *tensor, const layout *how)
{
    if (tensor->count == 0)
        return 0;
    const uint64_t first = first_length(tensor, how);
    if (tensor->count <= first)
        return 1;
    const uint64_t rest = tensor->count - first;
    return 1 + rest / how->length + (rest % how->length != 0);
}

/* The index of `buffer` among `count` buffers; `count` if it is not there. */
static uint32_t index_of(const void *const *buffers, uint32_t count, const void *buffer)
{
    uint32_t index = 0;
    while (index < count && buffers[index] != buffer)
        index++;
    return index;
}

static bool takes(const clstep__launch *launch, const clstep__plan_tensor *tensor,
                  const layout *how)
{
    if (launch->kind != tensor->kind || launch->arena != tensor->arena)
        return false;
    return how->binding == CLSTEP_BINDING_POINTERS ||
           (index_of(launch->params, launch->param_count, tensor->param) < how->buffers_max &&
            index_of(launch->grads, launch->grad_count, tensor->grad) < how->buffers_max);
}

/* Adds the tensor's buffers to the launch; returns them as clstep_chunk.buffers. */
static uint32_t enter(clstep__launch *launch, const clstep__plan_tensor *tensor)
{
    if (launch->binding == CLSTEP_BINDING_POINTERS)
        return 0;
    const uint32_t param = index_of(launch->params, launch->param_count, tensor->param);
    const uint32_t grad = index_of(launch->grads, launch->grad_count, tensor->grad);
    if (param == launch->param_count)
        launch->params[launch->param_count++] = tensor->param;
    if (grad == launch->grad_count)
        launch->grads[launch->grad_count++] = tensor->grad;
    return param | grad << CLSTEP_CHUNK_GRAD_SHIFT;
}

/* Replaces offsets by addresses. */
static void put_addresses(clstep_chunk *chunk, const clstep__plan_tensor *tensor, const layout *how)
{
    chunk->param = (uintptr_t)tensor->param_address + chunk->param * how->param_size;
    chunk->grad = (uintptr_t)tensor->grad_address + chunk->grad * how->grad_size;
}

/* Cuts the tensor into chunks from `chunk` on; returns the end. */
static clstep_chunk *cut(clstep_chunk *chunk, clstep__launch *launch,
                         const clstep__plan_tensor *tensor, const layout *how)
{
    const uint32_t buffers = enter(launch, tensor);
    const bool aligned =
        !tensor->param_misaligned && !tensor->grad_misaligned && !tensor->state_misaligned;
    uint64_t length = first_length(tensor, how);
    for (uint64_t start = 0; start < tensor->count; start += length, chunk++) {
        if (start > 0)
            length = how->length;
        const uint64_t left = tensor->count - start;
        chunk->param = tensor->param_offset + start;
        chunk->grad = tensor->grad_offset + start;
        chunk->state = tensor->state_offset + start;
        chunk->element = tensor->element + start;
        chunk->count = (uint32_t)(left < length ? left : length);
        /* the control kernel writes constants to the table */
        const bool by_value = tensor->slot == launch->slot && how->clip == 0 && !how->is_controlled;
        chunk->constants = by_value ? 0 : tensor->slot + 1;
        chunk->buffers = buffers;
        const uint64_t offsets = chunk->param | chunk->grad | chunk->state;
        if (aligned && offsets % how->width == 0) /* widths are powers of 2 */
            chunk->buffers |= CLSTEP_CHUNK_ALIGNED;
        if (launch->binding == CLSTEP_BINDING_POINTERS)
            put_addresses(chunk, tensor, how);
    }
    return chunk;
}

/* Cuts the tensor's gradient into leaves, if its kind has them. */
static void cut_leaves(clstep__plan *plan, clstep__launch *launch,
                       const clstep__plan_tensor *tensor, const layout *how)
{
    const uint64_t count = clstep__leaves_of(tensor, how->clip);
    if (count == 0)
        return;
    if (launch->leaf_count == 0)
        launch->first_leaf = tensor->leaf;
    launch->leaf_count = tensor->leaf + count - launch->first_leaf;
    const bool has_addresses = launch->binding == CLSTEP_BINDING_POINTERS;
    const clstep__leaf_form form = {how->clip, enter(launch, tensor), how->width,
                                    has_addresses ? how->grad_size : 0};
    clstep__leaves_cut(plan->leaves, tensor, &form);
}

/* The same, after all chunks so far. */
static void append(clstep__plan *plan, clstep__launch *launch, const clstep__plan_tensor *tensor,
                   const layout *how)
{
    const clstep_chunk *end = cut(plan->chunks + plan->chunk_count, launch, tensor, how);
    plan->chunk_count = (uint64_t)(end - plan->chunks);
    launch->chunk_count = plan->chunk_count - launch->first_chunk;
}

/* Makes launches with this binding mode. */
static void allow(layout *how, uint32_t binding)
{
    how->binding = binding;
    how->buffers_max = CLSTEP_BUFFERS_OF(binding);
}

static clstep__launch begin_launch(const clstep__plan_tensor *tensor, const layout *how)
{
    return (clstep__launch){how->kind, tensor->arena, how->binding, .slot = tensor->slot};
}

static size_t count_launches(const clstep__plan_tensor *tensors, size_t count, const layout *how)
{
    clstep__launch launch;
    size_t launches = 0;
    for (size_t i = 0; i < count; i++) {
        const clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->kind != how->kind || tensor->count == 0)
            continue;
        if (launches == 0 || !takes(&launch, tensor, how)) {
            launch = begin_launch(tensor, how);
            launches++;
        }
        enter(&launch, tensor);
    }
    return launches;
}

/* Whether the addresses of all tensors of the kind are known. */
static bool has_addresses(const clstep__plan_tensor *tensors, size_t count, uint32_t kind)
{
    for (size_t i = 0; i < count; i++) {
        const clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->kind == kind && tensor->count > 0 &&
            !(tensor->param_address && tensor->grad_address))
            return false;
    }
    return true;
}

/* Chooses the binding mode with the fewest launches. Between two launches a CPU's cores wait for
 * the slowest one, and the driver spends time on the buffers of each launch. */
static void choose_binding(const clstep__plan_tensor *tensors, size_t count, layout *how)
{
    allow(how, CLSTEP_BINDING_FEW);
    size_t least = count_launches(tensors, count, how);
    for (uint32_t binding = CLSTEP_BINDING_MANY; binding <= CLSTEP_BINDING_POINTERS; binding++) {
        layout other = *how;
        allow(&other, binding);
        if (binding == CLSTEP_BINDING_POINTERS && !has_addresses(tensors, count, how->kind))
            continue;
        const size_t launches = count_launches(tensors, count, &other);
        if (launches < least) {
            least = launches;
            *how = other;
        }
    }
}

/* Whether the tensor follows `run` directly in all arrays, so that chunks can span both. */
static bool continues(const clstep__plan_tensor *run, const clstep__plan_tensor *tensor,
                      const layout *how)
{
    return run->slot == tensor->slot && run->arena == tensor->arena &&
           run->param == tensor->param && run->grad == tensor->grad &&
           run->param_offset + run->count == tensor->param_offset &&
           run->grad_offset + run->count == tensor->grad_offset &&
           run->state_offset + run->count == tensor->state_offset &&
           (how->block == 1 || run->element + run->count == tensor->element);
}

static void launch_kind(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                        const layout *how)
{
    clstep__launch *launch = NULL;
    clstep__plan_tensor run = {0}; /* the next to cut: a tensor, or several neighbours as one */
    for (size_t i = 0; i < count; i++) {
        clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->kind != how->kind || tensor->count == 0)
            continue;
        if (run.count > 0 && continues(&run, tensor, how)) {
            run.count += tensor->count;
            tensor->launch = run.launch;
            cut_leaves(plan, launch, tensor, how);
            continue;
        }
        if (run.count > 0)
            append(plan, launch, &run, how);
        if (!launch || !takes(launch, tensor, how)) {
            launch = &plan->launches[plan->launch_count++];
            *launch = begin_launch(tensor, how);
            launch->first_chunk = plan->chunk_count;
        }
        tensor->launch = plan->launch_count - 1;
        cut_leaves(plan, launch, tensor, how);
        run = *tensor;
    }
    if (run.count > 0)
        append(plan, launch, &run, how);
}

/* Launches with one buffer of each sort get their own binding mode: a faster kernel, and often one
 * kernel less to compile. */
static void mark_single(clstep__plan *plan)
{
    for (size_t i = 0; i < plan->launch_count; i++) {
        clstep__launch *launch = &plan->launches[i];
        if (launch->param_count == 1 && launch->grad_count == 1)
            launch->binding = CLSTEP_BINDING_SINGLE;
        /* a binding mode with a greater number can do all that a smaller one can */
        if (plan->bindings[launch->kind] < launch->binding)
            plan->bindings[launch->kind] = launch->binding;
    }
}

static void place_chunks(clstep__plan_tensor *tensors, size_t count, const layout *how,
                         uint64_t *next, uint64_t *next_leaf)
{
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].kind != how->kind)
            continue;
        tensors[i].place = *next;
        *next += chunks_of(&tensors[i], how);
        tensors[i].leaf = *next_leaf;
        *next_leaf += clstep__leaves_of(&tensors[i], how->clip);
    }
}

/* Each tensor begins at most one arena and one launch. */
static clstep_status allocate(clstep__plan *plan, size_t count)
{
    const uint64_t room = plan->chunk_room;
    plan->arenas = clstep__allocate(count, sizeof *plan->arenas);
    plan->launches = clstep__allocate(count, sizeof *plan->launches);
    plan->chunks = room > SIZE_MAX ? NULL : clstep__allocate((size_t)room, sizeof *plan->chunks);
    plan->leaves = clstep__allocate((size_t)plan->leaf_count, sizeof *plan->leaves);
    plan->kinds = clstep__allocate(plan->kind_count, sizeof *plan->kinds);
    plan->bindings = clstep__allocate(plan->kind_count, sizeof *plan->bindings);
    if (plan->arenas && plan->launches && plan->chunks && plan->leaves && plan->kinds &&
        plan->bindings)
        return CLSTEP_OK;
    clstep__plan_free(plan);
    return clstep__fail(CLSTEP_OUT_OF_MEMORY, "clstep_optimizer_create",
                        "the host is out of memory for the plan of %zu tensor%s", count,
                        clstep__plural(count));
}

clstep_status clstep__plan_make(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                                const clstep__plan_kind *kinds, uint32_t kind_count,
                                const clstep__plan_limits *limits)
{
    *plan = (clstep__plan){.limits = *limits, .kind_count = kind_count};
    for (size_t i = 0; i < count; i++) {
        const layout how = layout_of(kinds, tensors[i].kind, limits);
        plan->chunk_room += chunks_of(&tensors[i], &how);
        plan->leaf_count += clstep__leaves_of(&tensors[i], how.clip);
    }
    clstep__number_elements(tensors, count);
    clstep_status status = allocate(plan, count);
    if (status != CLSTEP_OK)
        return status;
    uint64_t place = 0, leaf = 0;
    for (uint32_t kind = 0; kind < kind_count; kind++) {
        layout how = layout_of(kinds, kind, limits);
        plan->kinds[kind] = kinds[kind];
        clstep__place_state(plan->arenas, &plan->arena_count, tensors, count, kind, how.block,
                            how.arena_elements);
        place_chunks(tensors, count, &how, &place, &leaf);
        choose_binding(tensors, count, &how);
        launch_kind(plan, tensors, count, &how);
    }
    mark_single(plan);
    return CLSTEP_OK;
}

static void empty_chunks(clstep__plan *plan, const clstep__plan_tensor *tensor, const layout *how)
{
    for (uint64_t i = 0; i < chunks_of(tensor, how); i++)
        plan->chunks[tensor->place + i].count = 0;
    clstep__leaves_empty(plan->leaves, tensor, how->clip);
}

static void launch_kind_again(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count,
                              const layout *how)
{
    clstep__launch *launch = NULL;
    for (size_t i = 0; i < count; i++) {
        clstep__plan_tensor *tensor = &tensors[i];
        if (tensor->kind != how->kind || tensor->count == 0)
            continue;
        if (tensor->left_out) {
            empty_chunks(plan, tensor, how);
            continue;
        }
        if (!launch || !takes(launch, tensor, how)) {
            launch = &plan->launches[plan->launch_count++];
            *launch = begin_launch(tensor, how);
            launch->first_chunk = tensor->place;
        }
        tensor->launch = plan->launch_count - 1;
        const clstep_chunk *end = cut(plan->chunks + tensor->place, launch, tensor, how);
        launch->chunk_count = (uint64_t)(end - plan->chunks) - launch->first_chunk;
        cut_leaves(plan, launch, tensor, how);
    }
}

void clstep__plan_again(clstep__plan *plan, clstep__plan_tensor *tensors, size_t count)
{
    plan->launch_count = 0;
    plan->chunk_count = plan->chunk_room;
    for (uint32_t kind = 0; kind < plan->kind_count; kind++) {
        layout how = layout_of(plan->kinds, kind, &plan->limits);
        allow(&how, plan->bindings[kind]);
        launch_kind_again(plan, tensors, count, &how);
    }
}

void clstep__plan_free(clstep__plan *plan)
{
    clstep__free(plan->arenas);
    clstep__free(plan->launches);
    clstep__free(plan->chunks);
    clstep__free(plan->leaves);
    clstep__free(plan->kinds);
    clstep__free(plan->bindings);
    *plan = (clstep__plan){0};
}
