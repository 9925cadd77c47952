/* Makes the groups of a model that needs three programs, and an optimizer for it. */
#include "prepared.h"

#include "layer_client.h"

#include <string.h>

enum { OWN = 33 };

void prepared_describe(trial *t)
{
    clstep_rule rule = preset_rule("hinton");
    rule.momentum = 0.9;
    trial_standard(t, "start-up", &rule);
    t->group_count = PREPARED_GROUPS;
    t->rules[1] = preset_rule("adam");
    t->tensor_count = OWN + 2;
    for (size_t i = 0; i < t->tensor_count; i++) {
        t->tensors[i].group = i >= OWN;
        t->tensors[i].count = 20 + i;
        t->tensors[i].param_buffer = t->tensors[i].grad_buffer = i < OWN ? i : 0;
    }
}

void prepared_copy(const trial *t, int with_buffers, prepared_groups *into)
{
    memset(into, 0, sizeof *into);
    for (size_t i = 0; i < t->tensor_count; i++) {
        const trial_tensor *of = &t->tensors[i];
        clstep_group *group = &into->groups[of->group];
        into->tensors[i].count = of->count;
        if (with_buffers) {
            into->tensors[i].param = t->params[of->param_buffer];
            into->tensors[i].grad = t->grads[of->grad_buffer];
            into->tensors[i].param_offset = of->param_offset;
            into->tensors[i].grad_offset = of->grad_offset;
        }
        if (group->tensor_count++ == 0)
            group->tensors = &into->tensors[i];
        group->rule = &t->rules[of->group];
        group->size = sizeof *group;
        group->tensor_size = sizeof *into->tensors;
    }
}

clstep_engine *prepared_engine(void)
{
    clstep_engine *engine;
    ck_ok(clstep_engine_create(&engine, the.context, the.device, NULL));
    return engine;
}

clstep_engine_counts prepared_counts(clstep_engine *engine)
{
    clstep_engine_counts counts = CLSTEP_ENGINE_COUNTS_INIT;
    ck_ok(clstep_engine_get_counts(engine, &counts));
    return counts;
}

void prepared_prepare(int with_buffers, clstep_engine *engine)
{
    static trial t;
    prepared_groups groups;
    prepared_describe(&t);
    if (with_buffers)
        trial_open(&t); /* on the engine of the fixture */
    prepared_copy(&t, with_buffers, &groups);
    ck_ok(clstep_engine_prepare(engine, PREPARED_GROUPS, groups.groups));
    if (with_buffers)
        trial_close(&t);
}

void prepared_step(clstep_engine *engine)
{
    static trial t;
    const unsigned long before = layer_count(LAYER_PROGRAMS);
    prepared_describe(&t);
    t.engine = engine;
    trial_open(&t);
    trial_step(&t);
    trial_step(&t);
    ck_assert_uint_eq(layer_count(LAYER_PROGRAMS), before);
    trial_close(&t);
}
