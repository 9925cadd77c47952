/* Tells which tensors of the parameters' file are arrays of a state: these are no parameters, and
 * --state reads them. */
#include "cli/apply/beside.h"

#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a group of the checkpoint stores its state. */
typedef struct storage {
    clstep_rule rule;
    clstep_state_storage state;
    clstep_param_storage params;
} storage;

/* Takes TENSOR.ARRAY out, if it is there. */
static int take_out(const clstep_safetensors *params, const char *tensor, const char *array,
                    size_t *places)
{
    const size_t size = strlen(tensor) + strlen(array) + 2;
    char *name = malloc(size);
    if (!name)
        return complain_memory();
    snprintf(name, size, "%s.%s", tensor, array);
    const size_t index = clstep_safetensors_find(params, name);
    if (index != SIZE_MAX)
        places[index] = SIZE_MAX;
    free(name);
    return EXIT_OK;
}

/* Takes out all arrays of a tensor, whose dtype tells which there are. */
static int take_out_all(const clstep_safetensors *params, const char *tensor, const storage *of,
                        size_t *places)
{
    clstep_array_form form = CLSTEP_ARRAY_FORM_INIT;
    clstep_safetensors_tensor param = CLSTEP_SAFETENSORS_TENSOR_INIT;
    const size_t index = clstep_safetensors_find(params, tensor);
    if (index == SIZE_MAX || clstep_safetensors_tensor_at(params, index, &param) != CLSTEP_OK)
        return EXIT_OK;
    const int32_t dtype = clstep_dtype_find(param.dtype);
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && dtype >= 0 &&
                       clstep_rule_array(&of->rule, (clstep_dtype)dtype, of->state, of->params, i,
                                         &form) == CLSTEP_OK;
         i++)
        code = take_out(params, tensor, form.name, places);
    return code;
}

static int take_out_group(const clstep_safetensors *params, const clstep_checkpoint *beside,
                          size_t group, size_t *places)
{
    storage of = {.rule = CLSTEP_RULE_INIT};
    clstep_status status = clstep_checkpoint_rule(beside, group, &of.rule);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_storage(beside, group, &of.state, &of.params);
    int code = status == CLSTEP_OK ? EXIT_OK : complain_status(status);
    const char *tensor;
    for (size_t i = 0;
         code == EXIT_OK && (tensor = clstep_checkpoint_tensor_name(beside, group, i)); i++)
        code = take_out_all(params, tensor, &of, places);
    return code;
}

int beside_place(const clstep_safetensors *params, const clstep_checkpoint *beside, size_t *places)
{
    const size_t count = clstep_safetensors_tensor_count(params);
    int code = EXIT_OK;
    memset(places, 0, count * sizeof *places);
    for (size_t g = 0; code == EXIT_OK && beside && g < clstep_checkpoint_group_count(beside); g++)
        code = take_out_group(params, beside, g, places);
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i] != SIZE_MAX)
            places[i] = next++;
    }
    return code;
}

bool beside_steps(const clstep_safetensors *params, const clstep_checkpoint *beside,
                  uint64_t *steps)
{
    const char *text = clstep_safetensors_metadata(params, "clstep.step");
    if (!text && !beside)
        return false;
    if (!text)
        *steps = clstep_checkpoint_steps(beside);
    else if (!parse_count(text, steps))
        *steps = UINT64_MAX; /* unreadable: no state has so many, and check_steps() refuses it */
    return true;
}
