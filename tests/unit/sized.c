/* Public structs of every size that a caller may have been compiled with. The list of first sizes
 * is frozen: what it says was shipped, so that a number may be added and never changed. */
#include "suites.h"

#include "base/sized.h"

#include <clstep/selftest.h>
#include <clstep/store.h>
#include <clstep/tuning.h>
#include <stdlib.h>

#define ROW(type, first)                                                                           \
    {                                                                                              \
#type, first, CLSTEP__SIZES(type)                                                          \
    }

static const struct {
    const char *name;
    size_t frozen, size, first;
} structs[] = {
    ROW(clstep_rule, 144),
    ROW(clstep_schedule, 64),
    ROW(clstep_device_info, 720),
    ROW(clstep_engine_options, 24),
    ROW(clstep_engine_counts, 32),
    ROW(clstep_optimizer_options, 16),
    ROW(clstep_group, 48),
    ROW(clstep_array_form, 24),
    ROW(clstep_tensor, 80),
    ROW(clstep_step_options, 56),
    ROW(clstep_state_array, 48),
    ROW(clstep_selftest_options, 40),
    ROW(clstep_selftest_summary, 944),
    ROW(clstep_tune_options, 40),
    ROW(clstep_tune_summary, 48),
    ROW(clstep_safetensors_tensor, 56),
    ROW(clstep_save_options, 32),
    ROW(clstep_checkpoint_group, 72),
    ROW(clstep_load_options, 48),
    ROW(clstep_convert_options, 72),
    {"one that has grown twice since", 24, 64, 24},
};

enum { STRUCTS = sizeof structs / sizeof *structs, LONGER = 24, FILL = 0xa5 };

/* A struct of `size` bytes of FILL behind its size, and zeros from `known` on. Freed by the caller.
 */
static unsigned char *make(size_t size, size_t known)
{
    unsigned char *bytes = calloc(size, 1);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, FILL, size < known ? size : known);
    memcpy(bytes, &size, sizeof size);
    return bytes;
}

static bool is(const unsigned char *bytes, size_t first, size_t end, unsigned char value)
{
    for (size_t i = first; i < end; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

START_TEST(list_is_the_librarys)
{
    ck_assert_msg(structs[_i].first == structs[_i].frozen, "%s: the library has %zu, the list %zu",
                  structs[_i].name, structs[_i].first, structs[_i].frozen);
    ck_assert_msg(structs[_i].size >= structs[_i].frozen, "%s has shrunk to %zu bytes",
                  structs[_i].name, structs[_i].size);
    ck_assert_uint_eq(structs[_i].size % sizeof(size_t), 0);
}
END_TEST

/* From the first size to one that no header has yet. */
START_TEST(reads_every_size)
{
    const size_t known = structs[_i].size, first = structs[_i].first;
    unsigned char own[4096];
    for (size_t size = first; size <= known + LONGER; size++) {
        unsigned char *given = make(size, known);
        const size_t filled = size < known ? size : known;
        size_t told;
        memset(own, 0x77, sizeof own);
        ck_assert(clstep__struct_read(own, given, known, first));
        memcpy(&told, own, sizeof told);
        ck_assert_uint_eq(told, known);
        ck_assert(is(own, sizeof told, filled, FILL));
        ck_assert(is(own, filled, known, 0));
        ck_assert(is(own, known, sizeof own, 0x77));
        free(given);
    }
}
END_TEST

START_TEST(refuses_other_sizes)
{
    const size_t known = structs[_i].size, first = structs[_i].first;
    unsigned char own[4096], before[4096];
    memset(own, 0x77, sizeof own);
    memset(before, 0x77, sizeof before);
    ck_assert(!clstep__struct_read(own, NULL, known, first));
    ck_assert(!clstep__struct_fits(NULL, known, first));
    const size_t wrong[] = {0, 1, sizeof(size_t), first - 1, 4097, (size_t)-1};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        unsigned char *given = make(known, known);
        memcpy(given, &wrong[i], sizeof *wrong);
        ck_assert(!clstep__struct_read(own, given, known, first));
        ck_assert(!clstep__struct_fits(given, known, first));
        free(given);
    }
    for (size_t at = known; at < known + LONGER; at++) {
        unsigned char *given = make(known + LONGER, known);
        given[at] = 1;
        ck_assert(!clstep__struct_read(own, given, known, first));
        free(given);
    }
    ck_assert_mem_eq(own, before, sizeof own);
}
END_TEST

START_TEST(writes_what_there_is_room_for)
{
    const size_t known = structs[_i].size, first = structs[_i].first;
    unsigned char *own = make(known, known);
    for (size_t size = first; size <= known + LONGER; size++) {
        unsigned char *given = malloc(size + 1);
        size_t told;
        memset(given, 0x77, size + 1);
        memcpy(given, &size, sizeof size);
        ck_assert(clstep__struct_fits(given, known, first));
        clstep__struct_write(given, own, known);
        const size_t filled = size < known ? size : known;
        memcpy(&told, given, sizeof told);
        ck_assert_uint_eq(told, size);
        ck_assert(is(given, sizeof told, filled, FILL));
        ck_assert(is(given, filled, size, 0));
        ck_assert_uint_eq(given[size], 0x77);
        free(given);
    }
    free(own);
}
END_TEST

/* Structs that callers have in arrays or in other structs: these never grow. */
START_TEST(fixed_structs)
{
    ck_assert_uint_eq(sizeof(clstep_tensor_name), 24);
    ck_assert_uint_eq(sizeof(clstep_selftest_operation), 24);
    ck_assert_uint_eq(sizeof(clstep_selftest_count), 72);
}
END_TEST

Suite *sized_suite(void)
{
    Suite *suite = suite_create("sized");
    TCase *tests = tcase_create("sized");
    if (sizeof(void *) == 8) { /* as the list says */
        tcase_add_loop_test(tests, list_is_the_librarys, 0, STRUCTS);
        tcase_add_test(tests, fixed_structs);
    }
    tcase_add_loop_test(tests, reads_every_size, 0, STRUCTS);
    tcase_add_loop_test(tests, refuses_other_sizes, 0, STRUCTS);
    tcase_add_loop_test(tests, writes_what_there_is_room_for, 0, STRUCTS);
    suite_add_tcase(suite, tests);
    return suite;
}
