/* Translations there and back. Between a checkpoint and a framework nothing changes; between two
 * frameworks nothing is lost that both store. */
#include "convert_fixture.h"
#include "suites.h"

#include <stdlib.h>

/* The dialects of frameworks, each called as its preset, and what "net/w" is called there. */
static const struct {
    const char *name;
    const char *square, *mean, *momentum, *momentum_centered, *step;
} dialects[] = {
    {"torch", "net/w.square_avg", "net/w.grad_avg", "net/w.momentum_buffer",
     "net/w.momentum_buffer", "net/w.step"},
    {"timm", "net/w.square_avg", "net/w.grad_avg", "net/w.momentum_buffer", "net/w.momentum_buffer",
     "net/w.step"},
    {"keras", "rmsprop/net_w_velocity", "rmsprop/net_w_average_gradient", "rmsprop/net_w_momentum",
     "rmsprop/net_w_momentum", "rmsprop/iteration"},
    {"tf1", "net/w/RMSProp", "net/w/RMSProp_1", "net/w/RMSProp_1", "net/w/RMSProp_2",
     "global_step"},
    {"optax", "nu.net/w", "mu.net/w", "trace.net/w", "trace.net/w", "count"},
};
enum { DIALECTS = sizeof dialects / sizeof *dialects, STEPS = 7 };

static void negated(const float *values, float result[CONVERT_COUNT])
{
    for (size_t i = 0; i < CONVERT_COUNT; i++)
        result[i] = -values[i];
}

/* All arrays are there, under the framework's names and with its sign, and no others. */
static void ck_dialect(store_bytes bytes, size_t d, const clstep_rule *rule)
{
    const int optax = strcmp(dialects[d].name, "optax") == 0;
    const int keras = strcmp(dialects[d].name, "keras") == 0;
    const int spare = strcmp(dialects[d].name, "tf1") == 0 && rule->momentum == 0;
    const char *momentum = rule->centered ? dialects[d].momentum_centered : dialects[d].momentum;
    float buffer[CONVERT_COUNT];
    clstep_safetensors *file;
    ck_bits(bytes, dialects[d].square, ordinary_state.square);
    if (rule->centered)
        ck_bits(bytes, dialects[d].mean, ordinary_state.mean);
    memcpy(buffer, ordinary_state.momentum, sizeof buffer);
    if (optax)
        negated(ordinary_state.momentum, buffer);
    if (spare)
        memset(buffer, 0, sizeof buffer);
    if (spare || rule->momentum > 0)
        ck_bits(bytes, momentum, buffer);
    ck_assert_int_eq(has_array(bytes, momentum), spare || rule->momentum > 0);
    ck_assert(has_array(bytes, dialects[d].step));
    ck_assert_int_eq(clstep_safetensors_open_memory(&file, bytes.at, bytes.size), CLSTEP_OK);
    /* parameter, count, and keras's lr */
    ck_assert_uint_eq(clstep_safetensors_tensor_count(file),
                      3 + keras + rule->centered + (rule->momentum > 0 || spare));
    clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
    ck_assert_int_eq(clstep_safetensors_tensor_at(
                         file, clstep_safetensors_find(file, dialects[d].square), &tensor),
                     CLSTEP_OK);
    ck_assert_uint_eq(tensor.rank, 2);
    clstep_safetensors_close(file);
}

static void same_bytes(store_bytes a, store_bytes b)
{
    ck_assert_uint_eq(a.size, b.size);
    ck_assert_mem_eq(a.at, b.at, a.size);
}

/* Without and with centring and momentum: exact, and the checkpoint comes back byte for byte. */
START_TEST(there_and_back)
{
    const size_t d = (size_t)_i / 4;
    const clstep_rule rule = convert_rule(dialects[d].name, _i % 2, _i / 2 % 2);
    store_bytes source = convert_checkpoint(&rule, STEPS, &ordinary_state);
    translation there = translate(source, "clstep", dialects[d].name, NULL);
    ck_exact(&there);
    ck_dialect(there.bytes, d, &rule);
    translation again = translate(there.bytes, dialects[d].name, dialects[d].name, NULL);
    ck_exact(&again);
    same_bytes(there.bytes, again.bytes);
    translation back = translate(there.bytes, dialects[d].name, "clstep", NULL);
    ck_exact(&back);
    ck_rule(back.bytes, &rule, STEPS);
    same_bytes(source, back.bytes);
    translation_free(&there);
    translation_free(&again);
    translation_free(&back);
    free(source.at);
}
END_TEST

/* PyTorch's other rules; SGD counts no steps. */
START_TEST(other_algorithms)
{
    static const char *const presets[] = {"sgd", "adagrad", "adam", "adamw"};
    clstep_rule rule = CLSTEP_RULE_INIT;
    ck_assert_int_eq(clstep_rule_preset(&rule, presets[_i]), CLSTEP_OK);
    rule.momentum = _i == 0 ? 0.9 : 0;
    rule.nesterov = _i == 0;
    rule.lr_decay = _i == 1 ? 0.1 : 0;
    rule.maximize = 1;
    store_bytes source = convert_checkpoint(&rule, STEPS, &ordinary_state);
    translation there = translate(source, "clstep", "torch", NULL);
    ck_exact(&there);
    ck_assert_int_eq(has_array(there.bytes, "net/w.step"), _i > 0);
    translation back = translate(there.bytes, "torch", "clstep", NULL);
    ck_exact(&back);
    same_bytes(source, back.bytes);
    for (size_t d = 1; d < DIALECTS; d++) {
        translation refused = translate(source, "clstep", dialects[d].name, NULL);
        store_failed(refused.status, CLSTEP_UNSUPPORTED, "has RMSprop only");
    }
    translation_free(&there);
    translation_free(&back);
    free(source.at);
}
END_TEST

/* Between any two frameworks; lr is a power of two, so that its factor is exact in every bit. */
START_TEST(any_two)
{
    const size_t a = (size_t)_i / DIALECTS, b = (size_t)_i % DIALECTS;
    if (a == b)
        return;
    clstep_rule rule = convert_rule(dialects[a].name, 1, 1);
    rule.lr = 0.25;
    /* timm has lr on either side, so that it comes back as the other framework has it. */
    if (strcmp(dialects[a].name, "timm") == 0 && strcmp(dialects[b].name, "torch") == 0)
        rule.lr_in_momentum = 0;
    store_bytes source = convert_checkpoint(&rule, STEPS, &ordinary_state);
    translation first = translate(source, "clstep", dialects[a].name, NULL);
    ck_exact(&first);
    translation refused = translate(first.bytes, dialects[a].name, dialects[b].name, NULL);
    store_failed(refused.status, CLSTEP_UNSUPPORTED, "the translation is not exact: ");
    translation other = translate_on(&first, dialects[a].name, dialects[b].name);
    ck_said(&other, "the target rounds as ");
    ck_assert_ptr_null(strstr(other.said, "had to be rounded"));
    ck_assert_str_eq(other.said, refused.said);
    ck_bits(other.bytes, dialects[b].square, ordinary_state.square);
    ck_bits(other.bytes, dialects[b].mean, ordinary_state.mean);
    translation back = translate_on(&other, dialects[b].name, dialects[a].name);
    ck_dialect(back.bytes, a, &rule);
    translation last = translate(back.bytes, dialects[a].name, "clstep", NULL);
    ck_exact(&last);
    ck_bits(last.bytes, "net/w.momentum_buffer", ordinary_state.momentum);
    translation_free(&first);
    translation_free(&other);
    translation_free(&back);
    translation_free(&last);
    free(source.at);
}
END_TEST

Suite *convert_pairs_suite(void)
{
    Suite *suite = suite_create("convert_pairs");
    TCase *tests = tcase_create("convert_pairs");
    tcase_add_loop_test(tests, there_and_back, 0, 4 * DIALECTS);
    tcase_add_loop_test(tests, other_algorithms, 0, 4);
    tcase_add_loop_test(tests, any_two, 0, DIALECTS * DIALECTS);
    suite_add_tcase(suite, tests);
    return suite;
}
