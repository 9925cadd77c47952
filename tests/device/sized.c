/* Every call that takes a struct with a size: with the struct of the first size, with one byte
 * less, and with a newer header's. If the struct is accepted, a later argument is refused. */
#include "fixture.h"

#include "base/sized.h"

#include <clstep/selftest.h>
#include <clstep/store.h>
#include <clstep/tuning.h>
#include <stdlib.h>
#include <string.h>

enum { LONGER = 16, NAMED = 64 };

/* A call with one struct; everything else is such that the call says `otherwise`, or is OK where
 * that is NULL. `value` is 0 but for the size, so that every field is its default. */
typedef struct {
    const char *name;
    size_t size, first;
    clstep_status (*call)(void *value);
    const char *otherwise;
    int is_filled; /* the call writes the struct, so that what is longer need not be 0 */
} row;

static clstep_optimizer *optimizer;

static clstep_status engine_create(void *value)
{
    clstep_engine *engine = NULL;
    clstep_status status = clstep_engine_create(&engine, the.context, the.device, value);
    clstep_engine_destroy(engine);
    return status;
}

static clstep_status engine_counts(void *value)
{
    return clstep_engine_get_counts(the.engine, value);
}

static clstep_status describe(void *value)
{
    return clstep_device_describe(the.device, value);
}

static clstep_status optimizer_create(void *value)
{
    clstep_optimizer *made = NULL;
    clstep_status status =
        clstep_optimizer_create(&made, the.engine, the.queue, 0, NULL, value, NULL);
    clstep_optimizer_destroy(made);
    return status;
}

static clstep_status step(void *value)
{
    return clstep_optimizer_step(optimizer, the.queue, value, 0, NULL, NULL);
}

static clstep_status get_rule(void *value)
{
    return clstep_optimizer_get_rule(optimizer, 0, value);
}

/* A shorter struct that a preset filled; the group takes it as a whole rule. */
static clstep_status set_rule(void *value)
{
    clstep_status status = clstep_rule_preset(value, "hinton");
    return status == CLSTEP_OK ? clstep_optimizer_set_rule(optimizer, 0, value) : status;
}

static clstep_status state_array(void *value)
{
    return clstep_optimizer_state_array(optimizer, 0, 0, 0, value);
}

static clstep_status selftest_options(void *value)
{
    return clstep_selftest(the.engine, the.queue, value, NULL);
}

static clstep_status tune_options(void *value)
{
    return clstep_tune(the.queue, value, NULL, NULL);
}

static clstep_status tuning_write(void *value)
{
    return clstep_tuning_write(value, the.device, "/nonesuch/tuning.txt");
}

static clstep_status tuning_read(void *value)
{
    return clstep_tuning_read(value, the.device, NULL);
}

static clstep_status save(void *value)
{
    return clstep_checkpoint_save(optimizer, the.queue, value, "/nonesuch/checkpoint");
}

static clstep_status load(void *value)
{
    void *bytes = NULL;
    size_t size = 0;
    clstep_checkpoint *checkpoint = NULL;
    ck_ok(clstep_checkpoint_save_memory(optimizer, the.queue, NULL, &bytes, &size));
    ck_ok(clstep_checkpoint_open_memory(&checkpoint, bytes, size));
    clstep_status status = clstep_checkpoint_load(checkpoint, optimizer, the.queue, value);
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    return status;
}

#define ROW(type, ...)                                                                             \
    {                                                                                              \
#type, CLSTEP__SIZES(type), __VA_ARGS__                                                    \
    }

static const row rows[] = {
    ROW(clstep_engine_options, engine_create, NULL, 0),
    ROW(clstep_engine_counts, engine_counts, NULL, 1),
    ROW(clstep_device_info, describe, NULL, 1),
    ROW(clstep_optimizer_options, optimizer_create, NULL, 0),
    ROW(clstep_step_options, step, NULL, 0),
    ROW(clstep_rule, get_rule, NULL, 1),
    ROW(clstep_rule, set_rule, NULL, 1),
    ROW(clstep_state_array, state_array, NULL, 1),
    ROW(clstep_selftest_options, selftest_options, "summary", 0),
    ROW(clstep_tune_options, tune_options, "launch must", 0),
    ROW(clstep_engine_options, tuning_write, "is not set", 0),
    ROW(clstep_engine_options, tuning_read, NULL, 0),
    ROW(clstep_save_options, save, "/nonesuch", 0),
    ROW(clstep_load_options, load, NULL, 0),
};

enum { ROWS = sizeof rows / sizeof *rows };

static void call(const row *of, size_t size, size_t not_zero, bool is_accepted)
{
    unsigned char *value = calloc(size + LONGER, 1);
    memcpy(value, &size, sizeof size);
    memset(value + size, 0x77, LONGER);
    if (not_zero)
        value[not_zero] = 1;
    const clstep_status status = of->call(value);
    const char *message = clstep_last_error()->message;
    if (!is_accepted)
        ck_assert_msg(status == CLSTEP_INVALID_ARGUMENT && strstr(message, "INIT"),
                      "%s of %zu bytes: %s: %s", of->name, size, clstep_status_name(status),
                      message);
    else if (of->otherwise)
        ck_assert_msg(status != CLSTEP_OK && strstr(message, of->otherwise),
                      "%s of %zu bytes: %s: %s", of->name, size, clstep_status_name(status),
                      message);
    else
        ck_assert_msg(status == CLSTEP_OK, "%s of %zu bytes: %s: %s", of->name, size,
                      clstep_status_name(status), message);
    for (size_t i = 0; i < LONGER; i++)
        ck_assert_msg(value[size + i] == 0x77, "%s of %zu bytes: byte %zu behind it was written",
                      of->name, size, i);
    free(value);
}

static void open_optimizer(void)
{
    clstep_rule rule = preset_rule("hinton");
    cl_mem buffer = make_buffer(NULL, 2 * NAMED);
    clstep_tensor tensor = {.param = buffer, .grad = buffer, .grad_offset = NAMED, .count = NAMED};
    clstep_group group = {CLSTEP_GROUP_SIZES, .rule = &rule, .tensors = &tensor, .tensor_count = 1};
    ck_ok(clstep_optimizer_create(&optimizer, the.engine, the.queue, 1, &group, NULL, NULL));
    clReleaseMemObject(buffer);
}

START_TEST(sizes)
{
    const row *of = &rows[_i];
    open_optimizer();
    call(of, of->first, 0, true);
    call(of, of->size, 0, true);
    call(of, of->first - 1, 0, false);
    call(of, sizeof(size_t), 0, false);
    call(of, of->size + LONGER, 0, true);
    call(of, of->size + LONGER, of->size + 3, of->is_filled);
    clstep_optimizer_destroy(optimizer);
}
END_TEST

Suite *sized_suite(void)
{
    Suite *suite = suite_create("sized");
    TCase *tests = tcase_create("sized");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, sizes, 0, ROWS);
    suite_add_tcase(suite, tests);
    return suite;
}
