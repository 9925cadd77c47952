/* Numbers of a checkpoint that the optimizer's dtype cannot hold: refused, or made infinite if the
 * options allow it. */
#include "checkpoint_setup.h"

#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

static const setup_format fp32 = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};
static const setup_format fp64 = {CLSTEP_DTYPE_FLOAT64, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};
static const setup_format nearest = {CLSTEP_DTYPE_BFLOAT16, CLSTEP_STATE_FULL,
                                     CLSTEP_PARAM_NEAREST};
static const setup_format half = {CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_FULL, CLSTEP_PARAM_NEAREST};
static const setup_format half_master = {CLSTEP_DTYPE_FLOAT16, CLSTEP_STATE_FULL,
                                         CLSTEP_PARAM_MASTER};
static const setup_format eight = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_8BIT, CLSTEP_PARAM_NEAREST};
static const setup_format few = {CLSTEP_DTYPE_FLOAT32, CLSTEP_STATE_BFLOAT16, CLSTEP_PARAM_NEAREST};

static clstep_rule rule;
static setup old, new, untouched;

/* An optimizer of `from`, and two of `to`, one of which stays as it is. */
static void open_beds(const setup_format *from, const setup_format *to)
{
    rule = preset_rule("torch");
    setup_open(&old, &rule, *from, 1);
    setup_open(&new, &rule, *to, 2);
    setup_open(&untouched, &rule, *to, 2);
}

/* Saves the old one, and loads that into the new one, in vain and with what is infinite. */
static void load_too_large(const char *part)
{
    void *bytes;
    clstep_checkpoint *checkpoint = setup_save(&old, 1, &bytes);
    clstep_load_options options = CLSTEP_LOAD_OPTIONS_INIT;
    options.with_params = options.convert = 1;
    ck_refused(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options),
               CLSTEP_INVALID_ARGUMENT, part);
    setup_same(part, &new, &untouched);
    options.allow_nan = 1;
    ck_ok(clstep_checkpoint_load(checkpoint, new.optimizer, the.queue, &options));
    clstep_checkpoint_close(checkpoint);
    clstep_store_free(bytes);
    setup_close(&old);
    setup_close(&new);
    setup_close(&untouched);
}

START_TEST(for_16_bits)
{
    const float large = 70000;
    open_beds(&fp32, &half_master);
    write_buffer(old.params, 384 + 70000, &large, 1);
    load_too_large("\"b\" is 70000 at element 70000 in the checkpoint, which F16 cannot hold");
}
END_TEST

/* Kernels are built for each format, which takes most of the time. */
static int every(void)
{
    return getenv("CLSTEP_QUICK") ? 3 : 1;
}

static void overwrite(const setup *b, const char *state, size_t element, double number)
{
    clstep_state_array array = CLSTEP_STATE_ARRAY_INIT;
    cl_mem buffer = b->params;
    size_t at = 384 + element;
    if (state) {
        ck_ok(clstep_optimizer_find_state_array(b->optimizer, 0, 1, state, &array));
        buffer = array.buffer;
        at = (size_t)array.offset + element;
    }
    ck_cl(clEnqueueWriteBuffer(the.queue, buffer, CL_TRUE, at * sizeof number, sizeof number,
                               &number, 0, NULL, NULL));
}

/* fp32 is on the way from fp64 to every other dtype, and an infinity there is one of fp64's own. */
START_TEST(for_fp32)
{
    const struct {
        const setup_format *to;
        const char *state;
        double number;
        const char *part;
    } rows[] = {
        {&fp32, NULL, 1e300,
         "\"b\" is 1e+300 at element 70000 in the checkpoint, which F32 cannot"},
        {&nearest, NULL, -1e39, "\"b\" is -1e+39 at element 70000 in the checkpoint, which BF16"},
        {&half, NULL, 1e300, "\"b\" is 1e+300 at element 70000 in the checkpoint, which F16"},
        {&fp32, "square_avg", 1e300,
         "\"b.square_avg\" is 1e+300 at element 70000 in the checkpoint"},
        {&few, "square_avg", 1e39, "\"b.square_avg\" is 1e+39 at element 70000 in the checkpoint"},
        {&eight, "square_avg", 1e39, "which F32 cannot hold"},
    };
    const int row = _i * every();
    if (!the.engine->has_double)
        return;
    open_beds(&fp64, rows[row].to);
    overwrite(&old, rows[row].state, 70000, rows[row].number);
    load_too_large(rows[row].part);
}
END_TEST

Suite *checkpoint_overflow_suite(void)
{
    Suite *suite = suite_create("checkpoint_overflow");
    TCase *tests = tcase_create("checkpoint_overflow");
    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, for_16_bits);
    tcase_add_loop_test(tests, for_fp32, 0, 6 / every());
    suite_add_tcase(suite, tests);
    return suite;
}
