/* Opens a state: takes the rule from the metadata or the options, lists the tensors, and refuses
 * arrays that do not belong to it. convert.c reads the arrays. */
#include "convert/open.h"

#include "base/memory.h"
#include "base/sized.h"
#include "checkpoint/open.h"
#include "convert/arrays.h"
#include "convert/dialect_rule.h"
#include "convert/names.h"
#include "convert/numbers.h"
#include "safetensors/error.h"

/* ---- the rule */

static clstep_status describe(clstep__source *source, const clstep_convert_options *options)
{
    if (options->rule || options->has_steps)
        return clstep__store_fail(CLSTEP_INVALID_ARGUMENT, source->call,
                                  "options->%s is given, but the file says that itself; leave it "
                                  "out%s",
                                  options->rule ? "rule" : "steps",
                                  options->rule ? ", or use options->change" : "");
    clstep_status status = clstep__checkpoint_describe(&source->described, source->file);
    if (status != CLSTEP_OK)
        return status;
    source->group_count = source->described->group_count;
    source->tensor_count = source->described->tensor_count;
    source->steps = source->described->steps;
    for (size_t g = 0; status == CLSTEP_OK && g < source->group_count; g++)
        status =
            clstep__dialect_holds(source->call, source->dialect, clstep__source_rule(source, g));
    return status;
}

static clstep_status take_rule(clstep__source *source, const clstep_convert_options *options)
{
    if (!source->dialect->preset)
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "the file is no checkpoint of clstep: its metadata have no entry "
                                  "\"clstep\"; say which framework's state it is");
    source->group_count = 1;
    source->rule = (clstep_rule)CLSTEP_RULE_INIT;
    clstep_status status = CLSTEP_OK;
    if (options->rule)
        status = clstep_rule_validate(options->rule);
    else
        status = clstep_rule_preset(&source->rule, source->dialect->preset);
    if (status == CLSTEP_OK && options->rule)
        clstep__struct_read(&source->rule, options->rule, CLSTEP__SIZES(clstep_rule));
    if (status == CLSTEP_OK)
        status = clstep__dialect_holds(source->call, source->dialect, &source->rule);
    return status == CLSTEP_OK ? clstep__source_find_names(source) : status;
}

/* ---- the tensors */

static clstep_status list_tensors(clstep__source *source)
{
    source->tensors = clstep__allocate(source->tensor_count, sizeof *source->tensors);
    if (!source->tensors)
        return clstep__store_no_memory(source->call);
    const clstep_checkpoint *described = source->described;
    for (size_t i = 0; i < source->tensor_count; i++) {
        clstep__source_tensor *tensor = &source->tensors[i];
        tensor->name = described ? described->tensors[i].name : source->names[i];
        tensor->rule =
            described ? &described->groups[described->tensors[i].group].rule : &source->rule;
    }
    return CLSTEP_OK;
}

static clstep_status refuse_unused(const clstep__source *source, const bool *used)
{
    for (size_t i = 0; i < clstep_safetensors_tensor_count(source->file); i++) {
        if (used[i])
            continue;
        clstep_safetensors_tensor array = CLSTEP_SAFETENSORS_TENSOR_INIT;
        clstep_status status = clstep_safetensors_tensor_at(source->file, i, &array);
        if (status != CLSTEP_OK)
            return status;
        return clstep__store_fail(CLSTEP_INVALID_FILE, source->call,
                                  "\"%.80s\" is no array of this rule in the dialect %s; check the "
                                  "dialect and the rule (centered, momentum)",
                                  array.name, source->dialect->info.name);
    }
    return CLSTEP_OK;
}

static clstep_status find_all(clstep__source *source, bool *used, clstep__report *report)
{
    clstep_status status = list_tensors(source);
    if (status == CLSTEP_OK)
        status = clstep__source_read_numbers(source, used, report);
    if (status == CLSTEP_OK)
        status = clstep__source_find_arrays(source, used);
    return status == CLSTEP_OK ? refuse_unused(source, used) : status;
}

clstep_status clstep__source_open(clstep__source *source, const char *call,
                                  const clstep_safetensors *file, const clstep__dialect *dialect,
                                  clstep__report *report)
{
    *source = (clstep__source){.call = call, .file = file, .dialect = dialect};
    clstep_status status = clstep_safetensors_metadata(file, "clstep")
                               ? describe(source, report->options)
                               : take_rule(source, report->options);
    if (status != CLSTEP_OK)
        return status;
    bool *used = clstep__allocate(clstep_safetensors_tensor_count(file), sizeof *used);
    if (!used)
        return clstep__store_no_memory(call);
    status = find_all(source, used, report);
    clstep__free(used);
    return status;
}
