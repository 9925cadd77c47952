/* Helpers of the tests of translations: states in memory, and their translations. */
#ifndef TESTS_UNIT_CONVERT_FIXTURE_H
#define TESTS_UNIT_CONVERT_FIXTURE_H

#include "store_fixture.h"

enum { CONVERT_COUNT = 4 };

/* An array in a file; F32 where dtype is NULL, [CONVERT_COUNT] where has_shape is 0. */
typedef struct convert_array {
    const char *name;
    float values[CONVERT_COUNT];
    const char *dtype;
    int has_shape;
    size_t rank;
    uint64_t shape[2];
} convert_array;

/* An array of 1, 2, 3, 4; and a single number. */
convert_array convert_square(const char *name);
convert_array convert_number(const char *name, float value);

/* Arrays and their number, as two arguments. */
#define ARRAYS(...)                                                                                \
    (const convert_array[]){__VA_ARGS__},                                                          \
        sizeof((const convert_array[]){__VA_ARGS__}) / sizeof(convert_array)

/* Arrays of a state, in whatever a rule keeps of them. */
typedef struct convert_state {
    float square[CONVERT_COUNT]; /* square_avg, grad_var, sum, exp_avg_sq */
    float mean[CONVERT_COUNT];
    float momentum[CONVERT_COUNT];
} convert_state;

extern const convert_state ordinary_state;

/* A preset of RMSprop, centred (by difference) and with momentum 0.9 where that is asked for. */
clstep_rule convert_rule(const char *preset, int centered, int momentum);

/* A file of these arrays, and with the entry "clstep" of the metadata unless that is NULL. */
store_bytes convert_file(const convert_array *arrays, size_t count, const char *about);

/* A checkpoint with one tensor "net/w", shape [2,2], with its parameter. */
store_bytes convert_checkpoint(const clstep_rule *rule, uint64_t steps, const convert_state *state);

/* A translation and what it said. */
typedef struct translation {
    clstep_status status;
    unsigned sentences;
    char said[STORE_TEXT]; /* all of them, a line each */
    store_bytes bytes;     /* of the target; at is NULL unless status is CLSTEP_OK */
} translation;

/* `options` may be NULL; its report is the fixture's. */
translation translate(store_bytes source, const char *from, const char *to,
                      const clstep_convert_options *options);
/* The same from another's target, with all that is not exact allowed. */
translation translate_on(const translation *source, const char *from, const char *to);
void translation_free(translation *t);

/* It has been done, and had nothing to say; or had to say this, in one sentence of its own. */
void ck_exact(const translation *t);
void ck_said(const translation *t, const char *part);

/* CONVERT_COUNT numbers of an array, valid until the fourth call from here. */
const float *values_in(store_bytes bytes, const char *array);
/* Whether there is such an array. */
int has_array(store_bytes bytes, const char *array);
/* The array has these bits. */
void ck_bits(store_bytes bytes, const char *array, const float *wanted);
/* The file is a checkpoint of that rule, field by field, and of so many steps. */
void ck_rule(store_bytes bytes, const clstep_rule *rule, uint64_t steps);

#endif
