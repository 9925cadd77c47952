/* Writes and reads the files of --save. The arrays are libclstep-store's; here are the names of the
 * tensors and the options in "__metadata__", under "clstep.train.". */
#include "cli/train/saved.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS = 2 * NETWORK_MOST_LAYERS, NAME_SIZE = 32, TEXT_SIZE = 64 };

#define PREFIX "clstep.train."

/* ---- names of tensors ---------------------------------------------------------------------- */

typedef struct tensor_names {
    clstep_tensor_name names[TENSORS];
    char texts[TENSORS][NAME_SIZE];
    uint64_t shapes[TENSORS][2];
} tensor_names;

/* In the optimizer's order: all weights, as inputs x outputs, then all biases. */
static void name_tensors(const network_shape *shape, tensor_names *all)
{
    for (size_t i = 0; i < 2 * shape->layers; i++) {
        const bool is_weight = i < shape->layers;
        const size_t layer = is_weight ? i : i - shape->layers;
        snprintf(all->texts[i], NAME_SIZE, "layer%zu.%s", layer + 1, is_weight ? "weight" : "bias");
        all->shapes[i][0] = shape->sizes[is_weight ? layer : layer + 1];
        all->shapes[i][1] = shape->sizes[layer + 1];
        all->names[i] = (clstep_tensor_name){
            .name = all->texts[i], .shape = all->shapes[i], .rank = is_weight ? 2 : 1};
    }
}

/* ---- options in the metadata --------------------------------------------------------------- */

/* An option that is a number: its key, its place in `options`, and what it may be. */
typedef struct saved_number {
    const char *key;
    uint64_t *count; /* one of the two */
    double *number;
    uint64_t least, most; /* of a count */
} saved_number;

enum { NUMBERS = 7 };

static void list_numbers(train_options *options, saved_number list[NUMBERS])
{
    clstep_schedule *schedule = &options->schedule;
    const saved_number all[NUMBERS] = {
        {PREFIX "epochs", &options->epochs, NULL, 1, TRAIN_MOST_EPOCHS},
        {PREFIX "batch", &options->batch, NULL, 1, INT32_MAX},
        {PREFIX "seed", &options->seed, NULL, 0, UINT64_MAX},
        {PREFIX "warmup", &schedule->warmup_steps, NULL, 0, UINT32_MAX},
        {PREFIX "period", &schedule->period, NULL, 0, UINT32_MAX},
        {PREFIX "gamma", NULL, &schedule->gamma, 0, 0},
        {PREFIX "final_lr", NULL, &schedule->final_lr, 0, 0},
    };
    memcpy(list, all, sizeof all);
}

/* "256,128", as --hidden takes it. */
static void write_hidden(const train_options *options, char text[TEXT_SIZE])
{
    size_t length = 0;
    for (size_t i = 0; i < options->hidden_count; i++)
        length += (size_t)snprintf(text + length, TEXT_SIZE - length, "%s%zu", i ? "," : "",
                                   options->hidden[i]);
}

static void write_data(const dataset *data, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, "%08" PRIx32, dataset_checksum(data));
}

static clstep_status write_metadata(const train_options *options, const train_session *session,
                                    clstep_writer *writer)
{
    char hidden[TEXT_SIZE], data[TEXT_SIZE], text[TEXT_SIZE];
    saved_number numbers[NUMBERS];
    train_options copy = *options;
    list_numbers(&copy, numbers);
    write_hidden(options, hidden);
    write_data(session->data, data);
    const char *const texts[][2] = {{PREFIX "preset", options->preset},
                                    {PREFIX "schedule", options->schedule_name},
                                    {PREFIX "hidden", hidden},
                                    {PREFIX "data_crc32", data}};
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < sizeof texts / sizeof *texts; i++)
        status = clstep_writer_set_metadata(writer, texts[i][0], texts[i][1]);
    for (size_t i = 0; status == CLSTEP_OK && i < NUMBERS; i++) {
        if (numbers[i].count)
            snprintf(text, sizeof text, "%" PRIu64, *numbers[i].count);
        else
            snprintf(text, sizeof text, "%.17g", *numbers[i].number);
        status = clstep_writer_set_metadata(writer, numbers[i].key, text);
    }
    return status;
}

static bool read_number(const clstep_safetensors *file, const saved_number *one)
{
    const char *text = clstep_safetensors_metadata(file, one->key);
    if (!text)
        return false;
    if (one->number)
        return parse_number(text, one->number);
    return parse_count(text, one->count) && *one->count >= one->least && *one->count <= one->most;
}

/* The key of the first option that the file lacks, or tells wrongly; NULL where all are there. */
static const char *read_metadata(const clstep_safetensors *file, train_options *options)
{
    saved_number numbers[NUMBERS];
    clstep_rule preset = CLSTEP_RULE_INIT;
    options->preset = clstep_safetensors_metadata(file, PREFIX "preset");
    options->schedule_name = clstep_safetensors_metadata(file, PREFIX "schedule");
    const char *hidden = clstep_safetensors_metadata(file, PREFIX "hidden");
    if (!options->preset || clstep_rule_preset(&preset, options->preset) != CLSTEP_OK)
        return PREFIX "preset";
    if (!options->schedule_name ||
        clstep_schedule_kind_from_name(options->schedule_name, &options->schedule.kind) !=
            CLSTEP_OK)
        return PREFIX "schedule";
    if (!hidden || !train_parse_hidden(hidden, options))
        return PREFIX "hidden";
    list_numbers(options, numbers);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!read_number(file, &numbers[i]))
            return numbers[i].key;
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* A schedule that ends with the last epoch would be another one with another number of epochs. */
static int choose_epochs(train_options *options, uint64_t asked)
{
    const bool has_end = options->schedule.kind == CLSTEP_SCHEDULE_COSINE ||
                         options->schedule.kind == CLSTEP_SCHEDULE_ONE_CYCLE;
    if (asked && asked != options->epochs && has_end)
        return complain(EXIT_USAGE,
                        "the schedule of '%s', %s, ends with epoch %" PRIu64 "; leave out --epochs",
                        options->resume, options->schedule_name, options->epochs);
    options->epochs = asked ? asked : options->epochs;
    return EXIT_OK;
}

int saved_open(clstep_checkpoint **saved, train_options *options)
{
    const uint64_t asked = options->epochs;
    clstep_param_storage params;
    clstep_state_storage state;
    clstep_status status = clstep_checkpoint_open(saved, options->resume);
    if (status != CLSTEP_OK)
        return complain_file(status, options->resume);
    const char *wrong = read_metadata(clstep_checkpoint_file(*saved), options);
    if (wrong)
        return complain(EXIT_FAILED,
                        "%s is no file of `clstep train --save`: the entry \"%s\" of its metadata "
                        "is missing or wrong",
                        options->resume, wrong);
    options->rule = (clstep_rule)CLSTEP_RULE_INIT;
    status = clstep_checkpoint_rule(*saved, 0, &options->rule);
    if (status == CLSTEP_OK)
        status = clstep_checkpoint_storage(*saved, 0, &state, &params);
    if (status != CLSTEP_OK)
        return complain_file(status, options->resume);
    options->state_dtype = (int32_t)state;
    return choose_epochs(options, asked);
}

int saved_epochs(const clstep_checkpoint *saved, const train_options *options, const dataset *data,
                 size_t *epochs)
{
    char text[TEXT_SIZE];
    const char *told =
        clstep_safetensors_metadata(clstep_checkpoint_file(saved), PREFIX "data_crc32");
    const uint64_t steps = clstep_checkpoint_steps(saved);
    const uint64_t in_epoch = (data->train.count + options->batch - 1) / options->batch;
    write_data(data, text);
    if (!told || strcmp(told, text) != 0)
        return complain(EXIT_FAILED,
                        "'%s' was trained with other images; name their folder by "
                        "--data",
                        options->resume);
    if (steps % in_epoch != 0)
        return complain(EXIT_FAILED,
                        "'%s' has taken %" PRIu64 " step%s, which is no multiple of the %" PRIu64
                        " steps of an epoch",
                        options->resume, steps, plural(steps), in_epoch);
    *epochs = (size_t)(steps / in_epoch);
    if (*epochs < options->epochs)
        return EXIT_OK;
    return complain(EXIT_USAGE, "the run of '%s' has ended with epoch %zu; %s", options->resume,
                    *epochs,
                    options->schedule.kind == CLSTEP_SCHEDULE_COSINE ||
                            options->schedule.kind == CLSTEP_SCHEDULE_ONE_CYCLE
                        ? "its schedule ends there"
                        : "give a larger number by --epochs");
}

int saved_load(const clstep_checkpoint *saved, const train_session *session,
               clstep_optimizer *optimizer)
{
    tensor_names tensors;
    name_tensors(&session->net.shape, &tensors);
    clstep_load_options load = CLSTEP_LOAD_OPTIONS_INIT;
    load.names = tensors.names;
    load.name_count = 2 * session->net.shape.layers;
    load.with_params = 1;
    clstep_status status = clstep_checkpoint_load(saved, optimizer, session->place.queue, &load);
    return status == CLSTEP_OK ? EXIT_OK : complain_status(status);
}

/* ---- writing ------------------------------------------------------------------------------- */

static clstep_status save_memory(const train_session *session, clstep_optimizer *optimizer,
                                 void **bytes, size_t *size)
{
    tensor_names tensors;
    name_tensors(&session->net.shape, &tensors);
    clstep_save_options save = CLSTEP_SAVE_OPTIONS_INIT;
    save.names = tensors.names;
    save.name_count = 2 * session->net.shape.layers;
    save.with_params = 1;
    return clstep_checkpoint_save_memory(optimizer, session->place.queue, &save, bytes, size);
}

static clstep_status declare(const clstep_safetensors *from, clstep_writer *to)
{
    clstep_status status =
        clstep_writer_set_metadata(to, "clstep", clstep_safetensors_metadata(from, "clstep"));
    for (size_t i = 0; status == CLSTEP_OK && i < clstep_safetensors_tensor_count(from); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(from, i, &tensor);
        if (status == CLSTEP_OK)
            status = clstep_writer_add(to, tensor.name, tensor.dtype, tensor.rank, tensor.shape);
    }
    return status;
}

static clstep_status copy_data(const clstep_safetensors *from, clstep_writer *to)
{
    clstep_status status = CLSTEP_OK;
    for (size_t i = 0; status == CLSTEP_OK && i < clstep_safetensors_tensor_count(from); i++) {
        clstep_safetensors_tensor tensor = CLSTEP_SAFETENSORS_TENSOR_INIT;
        status = clstep_safetensors_tensor_at(from, i, &tensor);
        void *data = malloc((size_t)tensor.bytes + 1);
        if (!data)
            return clstep_record_error(CLSTEP_OUT_OF_MEMORY, "malloc", 0,
                                       "the host is out of memory");
        if (status == CLSTEP_OK)
            status = clstep_safetensors_read(from, i, 0, tensor.bytes, data);
        if (status == CLSTEP_OK)
            status = clstep_writer_write(to, i, 0, tensor.bytes, data);
        free(data);
    }
    return status;
}

static clstep_status write_file(const train_options *options, const train_session *session,
                                const clstep_safetensors *state, clstep_writer *writer)
{
    clstep_status status = declare(state, writer);
    if (status == CLSTEP_OK)
        status = write_metadata(options, session, writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(writer);
    if (status == CLSTEP_OK)
        status = copy_data(state, writer);
    return status == CLSTEP_OK ? clstep_writer_commit(writer) : status;
}

int saved_write(const train_options *options, const train_session *session,
                clstep_optimizer *optimizer)
{
    void *bytes = NULL;
    size_t size = 0;
    clstep_safetensors *state = NULL;
    clstep_writer *writer = NULL;
    clstep_status status = save_memory(session, optimizer, &bytes, &size);
    if (status == CLSTEP_OK)
        status = clstep_safetensors_open_memory(&state, bytes, size);
    if (status == CLSTEP_OK)
        status = clstep_writer_create(&writer, options->save);
    if (status == CLSTEP_OK)
        status = write_file(options, session, state, writer);
    int code = status == CLSTEP_OK ? EXIT_OK : complain_file(status, options->save);
    clstep_writer_destroy(writer);
    clstep_safetensors_close(state);
    clstep_store_free(bytes);
    return code;
}
