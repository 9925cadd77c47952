/* Creates an optimizer from its parts, and destroys it. groups.c, kinds.c, plan.c, buffers.c and
 * kernels.c make the parts. */
#include "optimizer/create.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/device_pointers.h"
#include "device/failure.h"
#include "optimizer/buffers.h"
#include "optimizer/check.h"
#include "optimizer/constants.h"
#include "optimizer/control.h"
#include "optimizer/groups.h"
#include "optimizer/inputs.h"
#include "optimizer/kernels.h"
#include "optimizer/kinds.h"
#include "optimizer/norm.h"
#include "optimizer/scalars.h"

#include <string.h>

static const char call[] = "clstep_optimizer_create";

/* ---- OpenCL objects */

static clstep_status retain_buffers(clstep_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__plan_tensor *tensor = &optimizer->tensors[i];
        const cl_mem grad = (cl_mem)tensor->first_grad;
        if (tensor->count > 0) {
            cl_int code = clRetainMemObject((cl_mem)tensor->param);
            if (code != CL_SUCCESS)
                return clstep__cl_failed("clRetainMemObject", code);
            code = grad ? clRetainMemObject(grad) : CL_SUCCESS;
            if (code != CL_SUCCESS) {
                clReleaseMemObject((cl_mem)tensor->param);
                return clstep__cl_failed("clRetainMemObject", code);
            }
        }
        optimizer->retained = i + 1;
    }
    return CLSTEP_OK;
}

/* ---- create and destroy */

/* Any tensor may later count its own steps, and then needs a slot of its own. */
static clstep_status make_table(clstep_optimizer *optimizer)
{
    const clstep__plan *plan = &optimizer->plan;
    clstep__table_room room = {0};
    clstep__mark_slots(optimizer);
    for (size_t i = 0; i < optimizer->tensor_count; i++) {
        const clstep__kind *kind = &optimizer->kinds[optimizer->tensors[i].kind];
        if (kind->format.param == CLSTEP_DTYPE_FLOAT64)
            room.doubles = clstep__slot_room(optimizer);
        else
            room.floats = clstep__slot_room(optimizer);
    }
    if (optimizer->tensor_count < 2 && plan->leaf_count == 0 && !optimizer->control)
        room.floats = room.doubles = 0;
    room.counted = optimizer->control ? optimizer->tensor_count + 1 : 0; /* and the optimizer */
    return clstep__table_make(&optimizer->table, plan, &room);
}

static clstep_status make_plan(clstep_optimizer *optimizer, const clstep_engine *engine)
{
    optimizer->max_allocation = engine->max_allocation;
    const uint64_t most = engine->max_allocation / sizeof(float);
    const clstep__plan_limits limits = {.width = engine->width,
                                        .chunk_elements = engine->chunk_elements,
                                        .arena_elements = most ? most : 1};
    clstep__plan_kind *kinds = clstep__allocate(optimizer->kind_count, sizeof *kinds);
    if (!kinds)
        return clstep__no_memory(call);
    for (uint32_t i = 0; i < optimizer->kind_count; i++) {
        const clstep__kind *kind = &optimizer->kinds[i];
        const int in_fp64 = kind->format.param == CLSTEP_DTYPE_FLOAT64;
        optimizer->in_fp64 |= in_fp64;
        kinds[i] = (clstep__plan_kind){
            .in_blocks = (uint32_t)kind->is_random,
            .words = in_fp64 ? 2 : 1,
            .clip = clstep__has_norm(&kind->variant) ? (uint32_t)kind->variant.clip : 0,
            .is_controlled = kind->variant.control != CLSTEP_CONTROL_NONE,
            .param_size = (uint32_t)clstep_dtype_size(kind->format.param),
            .grad_size = (uint32_t)clstep_dtype_size(kind->format.grad)};
    }
    clstep_status status =
        clstep__plan_make(&optimizer->plan, optimizer->tensors, optimizer->tensor_count, kinds,
                          optimizer->kind_count, &limits);
    clstep__free(kinds);
    return status;
}

clstep_status clstep__optimizer_plan(clstep_optimizer *optimizer, const clstep_engine *engine,
                                     size_t group_count, const clstep_group *groups)
{
    clstep_status status = clstep__copy_groups(optimizer, group_count, groups);
    return status == CLSTEP_OK ? make_plan(optimizer, engine) : status;
}

static clstep_status build(clstep_optimizer *optimizer, clstep_engine *engine, size_t group_count,
                           const clstep_group *groups, cl_event *event)
{
    clstep_status status = clstep__optimizer_plan(optimizer, engine, group_count, groups);
    if (status == CLSTEP_OK)
        status = make_table(optimizer);
    if (status == CLSTEP_OK)
        status = retain_buffers(optimizer);
    if (status == CLSTEP_OK)
        status = clstep__buffers_create(optimizer);
    if (status == CLSTEP_OK)
        status = clstep__kernels_create(optimizer, engine);
    if (status == CLSTEP_OK)
        status = clstep__norm_create(optimizer, engine);
    if (status == CLSTEP_OK)
        status = clstep__control_create(optimizer, engine);
    if (status == CLSTEP_OK)
        status = clstep__buffers_fill(optimizer, engine, event);
    return status;
}

static clstep_status check_caller(const clstep_engine *engine,
                                  const clstep_optimizer_options *given,
                                  clstep_optimizer_options *options)
{
    if (!engine)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "engine is NULL");
    if (given && !clstep__struct_read(options, given, CLSTEP__SIZES(clstep_optimizer_options)))
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options must start as CLSTEP_OPTIMIZER_OPTIONS_INIT");
    if (options->seed >= (uint64_t)1 << 63)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "options.seed is 2^63 or more");
    if (options->control < CLSTEP_CONTROL_NONE || options->control > CLSTEP_CONTROL_MULTIPLY)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call,
                            "options.control is %d; it must be CLSTEP_CONTROL_NONE, _SKIP, "
                            "_DIVIDE or _MULTIPLY",
                            (int)options->control);
    if (options->reserved != 0)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "options.reserved must be 0");
    if (!clstep__process_is_ours(&engine->process))
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "the engine was made before fork(); OpenCL drivers do not survive it, "
                            "so make context and engine in the process that uses them");
    return CLSTEP_OK;
}

clstep_status clstep__optimizer_begin(const clstep_engine *engine, unsigned pointers,
                                      clstep_optimizer **optimizer)
{
    clstep_optimizer *made = clstep__allocate(1, sizeof *made);
    if (!made)
        return clstep__no_memory(call);
    cl_int code = clRetainContext(engine->context);
    if (code != CL_SUCCESS) {
        clstep__free(made);
        return clstep__cl_failed("clRetainContext", code);
    }
    made->context = engine->context;
    made->device = engine->device;
    clstep__process_enter(&made->process);
    made->group_size = engine->group_size;
    made->pointers = pointers;
    *optimizer = made;
    return CLSTEP_OK;
}

/* `pointers`: CLSTEP__POINTERS_... that may be used; becomes 0 if the driver refuses them. */
static clstep_status create(clstep_optimizer **optimizer, clstep_engine *engine,
                            cl_command_queue queue, const clstep__groups *groups,
                            const clstep_optimizer_options *options, unsigned *pointers,
                            cl_event *event)
{
    clstep_optimizer *made = NULL;
    clstep_status status = clstep__optimizer_begin(engine, *pointers, &made);
    if (status != CLSTEP_OK)
        return status;
    made->seed = options->seed;
    made->control = options->control;
    status = clstep__events_use(&made->events, made->context, made->device, call, queue);
    if (status == CLSTEP_OK)
        status = clstep__check_groups(call, engine, groups->count, groups->groups, &made->written,
                                      &made->written_count);
    if (status == CLSTEP_OK)
        status = clstep__control_check(call, made->control, groups->count, groups->groups);
    if (status == CLSTEP_OK)
        status = build(made, engine, groups->count, groups->groups, event);
    if (status != CLSTEP_OK) {
        *pointers = made->pointers;
        clstep_optimizer_destroy(made);
        return status;
    }
    *optimizer = made;
    return CLSTEP_OK;
}

clstep_status clstep_optimizer_create(clstep_optimizer **optimizer, clstep_engine *engine,
                                      cl_command_queue queue, size_t group_count,
                                      const clstep_group *groups,
                                      const clstep_optimizer_options *options, cl_event *event)
{
    if (event)
        *event = NULL;
    if (!optimizer)
        return clstep__fail(CLSTEP_INVALID_ARGUMENT, call, "optimizer is NULL");
    *optimizer = NULL;
    clstep_optimizer_options own = CLSTEP_OPTIMIZER_OPTIONS_INIT;
    clstep_status status = check_caller(engine, options, &own);
    if (status != CLSTEP_OK)
        return status;
    clstep__groups read;
    status = clstep__groups_read(&read, call, group_count, groups);
    if (status != CLSTEP_OK)
        return status;
    unsigned pointers = engine->pointers;
    status = create(optimizer, engine, queue, &read, &own, &pointers, event);
    /* Pointers only save launches: if the driver refuses them, try again without. */
    if (status == CLSTEP_OPENCL_FAILED && pointers != engine->pointers)
        status = create(optimizer, engine, queue, &read, &own, &pointers, event);
    clstep__groups_free(&read);
    return status;
}

static void release_tensors(clstep_optimizer *optimizer)
{
    clstep__inputs_release(optimizer);
    for (size_t i = 0; i < optimizer->retained; i++) {
        if (optimizer->tensors[i].count == 0)
            continue;
        clReleaseMemObject((cl_mem)optimizer->tensors[i].param);
        if (optimizer->tensors[i].first_grad)
            clReleaseMemObject((cl_mem)optimizer->tensors[i].first_grad);
    }
}

static void release_objects(clstep_optimizer *optimizer)
{
    clstep__events_release(&optimizer->events);
    clstep__scalars_drop(optimizer);
    clstep__control_release(optimizer);
    clstep__norm_release(optimizer);
    clstep__kernels_release(optimizer);
    clstep__buffers_release(optimizer);
    release_tensors(optimizer);
    clReleaseContext(optimizer->context);
}

void clstep_optimizer_destroy(clstep_optimizer *optimizer)
{
    if (!optimizer)
        return;
    /* a forked child must leave the driver alone */
    if (clstep__process_is_ours(&optimizer->process))
        release_objects(optimizer);
    clstep__plan_free(&optimizer->plan);
    clstep__table_free(&optimizer->table);
    clstep__free(optimizer->arrays);
    clstep__free(optimizer->kernels);
    clstep__free(optimizer->tensors);
    clstep__free(optimizer->kinds);
    clstep__free(optimizer->given_state);
    clstep__free(optimizer->names);
    clstep__free(optimizer->inputs);
    clstep__free(optimizer->written);
    clstep__free(optimizer->address_room);
    clstep__free(optimizer->history_room);
    clstep__free(optimizer->slots);
    clstep__free(optimizer->groups);
    clstep__process_leave(&optimizer->process);
    clstep__free(optimizer);
}
