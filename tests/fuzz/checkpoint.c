/*
 * libFuzzer: whatever stands in the entry "clstep" of a checkpoint's metadata, it is refused or
 * read, and then it holds together: its rules are valid, and what is written of it again reads the
 * same. The input is the entry; the file has two arrays of square_avg.
 */
#include <clstep/store.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

enum { TENSORS = 2 };

static const uint64_t shapes[TENSORS][2] = {{2, 3}, {5}};
static const clstep_tensor_name names[TENSORS] = {{"w", shapes[0], 2}, {"b", shapes[1], 1}};

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* What was declared in `writer`, with zeros for data. */
static void *finish(clstep_writer *writer, size_t *size)
{
    static const float zeros[6];
    void *bytes = NULL;
    MUST(clstep_writer_begin(writer) == CLSTEP_OK);
    clstep_status status = clstep_writer_write(writer, 0, 0, 24, zeros);
    if (status != CLSTEP_OK) /* the shorter one comes first */
        MUST(clstep_writer_write(writer, 0, 0, 20, zeros) == CLSTEP_OK);
    MUST(clstep_writer_write(writer, 1, 0, status == CLSTEP_OK ? 20 : 24, zeros) == CLSTEP_OK);
    MUST(clstep_writer_take(writer, &bytes, size) == CLSTEP_OK);
    clstep_writer_destroy(writer);
    return bytes;
}

/* NULL where the entry is no UTF-8. */
static void *file_with(const char *entry, size_t *size)
{
    clstep_writer *writer = NULL;
    MUST(clstep_writer_create(&writer, NULL) == CLSTEP_OK);
    MUST(clstep_writer_add(writer, "w.square_avg", "F32", 2, shapes[0]) == CLSTEP_OK);
    MUST(clstep_writer_add(writer, "b.square_avg", "F32", 1, shapes[1]) == CLSTEP_OK);
    if (clstep_writer_set_metadata(writer, "clstep", entry) == CLSTEP_OK)
        return finish(writer, size);
    clstep_writer_destroy(writer);
    return NULL;
}

static clstep_rule rule_of(const clstep_checkpoint *checkpoint, size_t group)
{
    clstep_rule rule = CLSTEP_RULE_INIT;
    MUST(clstep_checkpoint_rule(checkpoint, group, &rule) == CLSTEP_OK);
    MUST(clstep_rule_validate(&rule) == CLSTEP_OK);
    return rule;
}

static void check_same(const clstep_checkpoint *a, const clstep_checkpoint *b)
{
    MUST(clstep_checkpoint_steps(a) == clstep_checkpoint_steps(b));
    MUST(clstep_checkpoint_seed(a) == clstep_checkpoint_seed(b));
    MUST(clstep_checkpoint_group_count(a) == clstep_checkpoint_group_count(b));
    for (size_t g = 0; g < clstep_checkpoint_group_count(a); g++) {
        const clstep_rule x = rule_of(a, g), y = rule_of(b, g);
        MUST(memcmp(&x, &y, sizeof x) == 0);
        const size_t count = clstep_checkpoint_tensor_count(a, g);
        MUST(count == clstep_checkpoint_tensor_count(b, g));
        for (size_t i = 0; i < count; i++) {
            uint64_t first_a = 0, first_b = 0;
            MUST(strcmp(clstep_checkpoint_tensor_name(a, g, i),
                        clstep_checkpoint_tensor_name(b, g, i)) == 0);
            MUST(clstep_checkpoint_tensor_steps(a, g, i) ==
                 clstep_checkpoint_tensor_steps(b, g, i));
            const int told = clstep_checkpoint_first_element(a, g, i, &first_a);
            MUST(told == clstep_checkpoint_first_element(b, g, i, &first_b));
            MUST(first_a == first_b);
        }
    }
}

static clstep_tensor_name name_of(const char *name)
{
    return names[strcmp(name, "b") == 0];
}

/* Groups may be many, and but for the two tensors they are empty or keep no state. */
static void write_again(const clstep_checkpoint *checkpoint)
{
    const size_t count = clstep_checkpoint_group_count(checkpoint);
    clstep_checkpoint_group *groups = calloc(count + 1, sizeof *groups);
    clstep_rule *rules = calloc(count + 1, sizeof *rules);
    clstep_tensor_name *tensors = calloc(1024, sizeof *tensors), *next = tensors;
    uint64_t *numbers = calloc(2048, sizeof *numbers), *number = numbers;
    clstep_writer *writer = NULL;
    clstep_checkpoint *again = NULL;
    size_t size = 0;
    MUST(groups && rules && tensors && numbers && clstep_writer_create(&writer, NULL) == CLSTEP_OK);
    for (size_t g = 0; g < count; g++) {
        rules[g] = rule_of(checkpoint, g);
        groups[g] =
            (clstep_checkpoint_group){.size = sizeof *groups, .rule = &rules[g], .tensors = next};
        groups[g].tensor_count = clstep_checkpoint_tensor_count(checkpoint, g);
        int told = 0;
        for (size_t i = 0; i < groups[g].tensor_count; i++) {
            *next = name_of(clstep_checkpoint_tensor_name(checkpoint, g, i));
            next++->name = clstep_checkpoint_tensor_name(checkpoint, g, i);
            number[i] = clstep_checkpoint_tensor_steps(checkpoint, g, i);
            told += clstep_checkpoint_first_element(checkpoint, g, i, &number[1024 + i]);
        }
        groups[g].tensor_steps = number;
        groups[g].first_elements = told ? number + 1024 : NULL;
        number += groups[g].tensor_count;
    }
    clstep_status status =
        clstep_checkpoint_declare(writer, clstep_checkpoint_steps(checkpoint),
                                  clstep_checkpoint_seed(checkpoint), count, groups);
    if (status == CLSTEP_OK) {
        void *bytes = finish(writer, &size);
        MUST(clstep_checkpoint_open_memory(&again, bytes, size) == CLSTEP_OK);
        check_same(checkpoint, again);
        clstep_checkpoint_close(again);
        clstep_store_free(bytes);
    } else { /* a tensor without state that is called as another's state */
        MUST(status == CLSTEP_INVALID_ARGUMENT);
        clstep_writer_destroy(writer);
    }
    free(groups);
    free(rules);
    free(tensors);
    free(numbers);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    clstep_checkpoint *checkpoint = NULL;
    char *entry = calloc(size + 1, 1);
    MUST(entry);
    if (size)
        memcpy(entry, input, size);
    size_t length = 0;
    void *bytes = file_with(entry, &length);
    if (bytes) {
        clstep_status status = clstep_checkpoint_open_memory(&checkpoint, bytes, length);
        MUST(status == (checkpoint ? CLSTEP_OK : CLSTEP_INVALID_FILE));
        if (checkpoint)
            write_again(checkpoint);
        clstep_checkpoint_close(checkpoint);
    }
    clstep_store_free(bytes);
    free(entry);
    return 0;
}
