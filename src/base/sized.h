/* Public structs that begin with their size and grow at the end.
 *
 * A caller may have been compiled with an older header, whose struct is shorter, or with a newer
 * one, whose struct is longer. So the library never uses a caller's struct in place. It copies the
 * struct into one of its own, where missing fields are 0, and copies out no more than the caller
 * has room for. 0 is the default of every field. */
#ifndef CLSTEP_BASE_SIZED_H
#define CLSTEP_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* The size of each struct when it was first shipped (64-bit systems). Every later library accepts
 * it. A struct ends without padding, so that its size tells which fields it has. These numbers
 * never change once shipped: a new field goes to the end of the struct. tests/unit/sized.c has the
 * same list, and reads every struct in its first size. */
enum {
    CLSTEP__FIRST_clstep_rule = 144,
    CLSTEP__FIRST_clstep_array_form = 24,
    CLSTEP__FIRST_clstep_schedule = 64,
    CLSTEP__FIRST_clstep_device_info = 720,
    CLSTEP__FIRST_clstep_engine_options = 24,
    CLSTEP__FIRST_clstep_engine_counts = 32,
    CLSTEP__FIRST_clstep_optimizer_options = 16,
    CLSTEP__FIRST_clstep_group = 48,
    CLSTEP__FIRST_clstep_tensor = 80, /* its size is the group's tensor_size */
    CLSTEP__FIRST_clstep_step_options = 56,
    CLSTEP__FIRST_clstep_state_array = 48,
    CLSTEP__FIRST_clstep_selftest_options = 40,
    CLSTEP__FIRST_clstep_selftest_summary = 944,
    CLSTEP__FIRST_clstep_tune_options = 40,
    CLSTEP__FIRST_clstep_tune_summary = 48,
    CLSTEP__FIRST_clstep_safetensors_tensor = 56,
    CLSTEP__FIRST_clstep_save_options = 32,
    CLSTEP__FIRST_clstep_checkpoint_group = 72,
    CLSTEP__FIRST_clstep_load_options = 48,
    CLSTEP__FIRST_clstep_convert_options = 72
};

/* The sizes of a struct, now and first: the last two arguments of the calls below. */
#define CLSTEP__SIZES(type) sizeof(type), CLSTEP__FIRST_##type

/* Copies `given` to `own`, which has `size` bytes. Fields that `given` lacks become 0, and
 * own->size becomes `size`. Returns false, and does not change `own`, if `given` is NULL, is
 * shorter than `first`, or has a field other than 0 that this library does not know. */
bool clstep__struct_read(void *own, const void *given, size_t size, size_t first);

/* Whether clstep__struct_write() may write to `given`: it is not NULL and has a possible size. */
bool clstep__struct_fits(const void *given, size_t size, size_t first);

/* Copies `own` to `given`, at most given->size bytes. Fields that only `given` has become 0.
 * given->size does not change. */
void clstep__struct_write(void *given, const void *own, size_t size);

#endif
