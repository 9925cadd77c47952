/* The descriptors of all rules: what other files rely on. */
#include "rule/descriptor.h"
#include "rule/fields.h"
#include "rule/variant.h"

#include "suites.h"

/* The number of values of a field that may select code. */
static unsigned values_of(const clstep__descriptor *descriptor, const clstep_field_info *field)
{
    unsigned words = 0;
    if (!clstep__has_field(descriptor, field->name))
        return 1;
    while (field->words && field->words[words])
        words++;
    return field->kind == CLSTEP_FIELD_CHOICE                                           ? words
           : field->kind == CLSTEP_FIELD_SWITCH || strcmp(field->name, "momentum") == 0 ? 2
                                                                                        : 1;
}

/* The `chosen`-th of all combinations of the switches that the rule has; returns their number. */
static unsigned choose(const clstep__descriptor *descriptor, unsigned chosen, clstep_rule *rule)
{
    unsigned combinations = 1;
    const clstep_field_info *field;
    *rule = (clstep_rule)CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(rule, descriptor->info.preset), CLSTEP_OK);
    for (size_t i = 0; (field = clstep_rule_field(i)); i++) {
        const unsigned values = values_of(descriptor, field);
        const int32_t value = (int32_t)(chosen / combinations % values);
        if (field->kind == CLSTEP_FIELD_NUMBER && values > 1)
            rule->momentum = value ? 0.9 : 0;
        else if (values > 1)
            memcpy((char *)rule + field->offset, &value, sizeof value);
        combinations *= values;
    }
    return combinations;
}

/* Counted here, since clstep__list_states() writes as many as there are. */
static void check_states(const clstep__descriptor *descriptor, const clstep_rule *rule)
{
    const clstep__variant variant = clstep__variant_of(rule);
    size_t count = 0;
    unsigned kinds = 0;
    for (size_t k = 0; k < CLSTEP__STATES_LISTED && descriptor->states[k].name; k++) {
        const clstep__state *state = &descriptor->states[k];
        if (descriptor->keeps && !descriptor->keeps(&variant, k))
            continue;
        ck_assert_msg(!(kinds >> state->kind & 1), "%s keeps two states of one kind: %s",
                      descriptor->info.name, state->name);
        kinds |= 1u << state->kind;
        count++;
    }
    ck_assert_msg(count <= CLSTEP_STATES_MAX, "%s keeps %zu states; there is room for %d",
                  descriptor->info.name, count, CLSTEP_STATES_MAX);
    ck_assert_uint_eq(clstep__variant_states(&variant), count);
}

/* No variant of a rule keeps more states than the kernels have room for, or two of one kind. */
START_TEST(states_fit)
{
    const clstep__descriptor *descriptor;
    for (size_t i = 0; (descriptor = clstep__descriptor_at(i)); i++) {
        clstep_rule rule;
        unsigned valid = 0;
        ck_assert_ptr_null(descriptor->states[CLSTEP__STATES_LISTED - 1].name);
        const unsigned combinations = choose(descriptor, 0, &rule);
        for (unsigned chosen = 0; chosen < combinations; chosen++) {
            choose(descriptor, chosen, &rule);
            if (clstep_rule_validate(&rule) != CLSTEP_OK)
                continue;
            check_states(descriptor, &rule);
            valid++;
        }
        ck_assert_msg(valid > 0, "no variant of %s is valid", descriptor->info.name);
    }
}
END_TEST

Suite *descriptor_suite(void)
{
    Suite *suite = suite_create("descriptor");
    TCase *tests = tcase_create("descriptor");
    tcase_add_test(tests, states_fit);
    suite_add_tcase(suite, tests);
    return suite;
}
