/* The state arrays of a tensor: which there are, their formats and first values. */
#include "rule/state_arrays.h"

#include "abi/block8.h"
#include "base/error.h"
#include "base/sized.h"
#include "format/bfloat16.h"
#include "format/block8.h"
#include "format/dtypes.h"
#include "rule/descriptor.h"

#include <string.h>

clstep__format clstep__format_of(int32_t param, int32_t grad, int32_t state, int32_t storage)
{
    clstep__format format = {.param = param, .grad = grad, .state = state, .storage = storage};
    if (state == CLSTEP_DTYPE_FLOAT32 && param == CLSTEP_DTYPE_FLOAT64)
        format.state = CLSTEP_DTYPE_FLOAT64;
    if (!clstep__has_16_bits(param))
        format.storage = CLSTEP_PARAM_NEAREST;
    return format;
}

bool clstep__format_equal(const clstep__format *a, const clstep__format *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* four int32_t: no padding */
}

bool clstep__format_is_random(const clstep__variant *variant, const clstep__format *format)
{
    const bool exact =
        format->state == CLSTEP_DTYPE_FLOAT32 || format->state == CLSTEP_DTYPE_FLOAT64;
    return format->storage == CLSTEP_PARAM_STOCHASTIC ||
           (!exact && clstep__variant_states(variant) > 0);
}

size_t clstep__format_arrays(const clstep__variant *variant, const clstep__format *format,
                             clstep_array_form arrays[CLSTEP__ARRAYS_MAX])
{
    const clstep__state *list[CLSTEP_STATES_MAX];
    const size_t states = clstep__list_states(variant, list);
    size_t count = 0;
    for (size_t k = 0; k < states; k++)
        arrays[count++] =
            (clstep_array_form){.name = list[k]->name, .dtype = format->state, .per = 1};
    for (size_t k = 0; format->state == CLSTEP_DTYPE_UINT8 && k < states; k++)
        arrays[count++] = (clstep_array_form){
            .name = list[k]->scale, .dtype = CLSTEP_DTYPE_UINT32, .per = CLSTEP_BLOCK8_ELEMENTS};
    if (format->storage == CLSTEP_PARAM_MASTER)
        arrays[count++] =
            (clstep_array_form){.name = "param_master", .dtype = CLSTEP_DTYPE_FLOAT32, .per = 1};
    if (format->storage == CLSTEP_PARAM_RESIDUAL)
        arrays[count++] =
            (clstep_array_form){.name = "param_residual", .dtype = CLSTEP_DTYPE_UINT16, .per = 1};
    return count;
}

uint32_t clstep__signs(const clstep__variant *variant)
{
    const clstep__state *list[CLSTEP_STATES_MAX];
    const size_t states = clstep__list_states(variant, list);
    uint32_t signs = 0;
    for (size_t k = 0; k < states; k++)
        signs |= list[k]->has_sign ? 1u << k : 0;
    return signs;
}

clstep_status clstep_rule_array(const clstep_rule *rule, clstep_dtype param_dtype,
                                clstep_state_storage state_storage,
                                clstep_param_storage param_storage, size_t index,
                                clstep_array_form *form)
{
    static const char call[] = "clstep_rule_array";
    if (!clstep__struct_fits(form, CLSTEP__SIZES(clstep_array_form)))
        return clstep__refuse(call, "form must point to a clstep_array_form that starts as "
                                    "CLSTEP_ARRAY_FORM_INIT");
    clstep_status status = clstep_rule_validate(rule);
    if (status != CLSTEP_OK)
        return status;
    clstep_rule own = CLSTEP_RULE_INIT;
    clstep__struct_read(&own, rule, CLSTEP__SIZES(clstep_rule));
    const clstep__variant variant = clstep__variant_of(&own);
    const clstep__format format =
        clstep__format_of(param_dtype, CLSTEP_DTYPE_FLOAT32, state_storage, param_storage);
    clstep_array_form arrays[CLSTEP__ARRAYS_MAX];
    const size_t count = clstep__format_arrays(&variant, &format, arrays);
    if (index >= count)
        return clstep__refuse(call, "index is %zu, but the tensor has %zu state arrays", index,
                              count);
    clstep__struct_write(form, &arrays[index], sizeof *form);
    return CLSTEP_OK;
}

uint64_t clstep__array_bytes(const clstep_array_form *array, uint64_t elements)
{
    const uint64_t count = elements / array->per + (elements % array->per != 0);
    return count * clstep_dtype_size(array->dtype);
}

void clstep__format_first(const clstep_array_form *array, double number, clstep__first_value *value)
{
    const float narrowed = (float)number;
    uint8_t code;
    const uint32_t nearest = 0x80000000u; /* random bits that round to nearest */
    const uint32_t scale = clstep__encode_block(&narrowed, false, 1, &nearest, &code);
    const uint16_t upper = clstep__to_bfloat16(narrowed);
    *value = (clstep__first_value){{0}};
    switch (array->dtype) {
    case CLSTEP_DTYPE_FLOAT32:
        memcpy(value->bytes, &narrowed, sizeof narrowed);
        break;
    case CLSTEP_DTYPE_FLOAT64:
        memcpy(value->bytes, &number, sizeof number);
        break;
    case CLSTEP_DTYPE_BFLOAT16:
        memcpy(value->bytes, &upper, sizeof upper);
        break;
    case CLSTEP_DTYPE_UINT8:
        memcpy(value->bytes, &code, sizeof code);
        break;
    case CLSTEP_DTYPE_UINT32:
        memcpy(value->bytes, &scale, sizeof scale);
        break;
    default: /* residuals */
        break;
    }
}
