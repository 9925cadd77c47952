/* Makes models by their names. networks.c lists the tensors of published networks. */
#include "cli/bench/models.h"

#include "cli/closest.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void flat(bench_counts *counts)
{
    bench_counts_add(counts, BENCH_FLAT_ELEMENTS);
}

static const struct {
    const char *name;
    void (*list)(bench_counts *counts); /* NULL: the name says it */
} models[] = {{"flat", flat},       {"resnet50", bench_resnet50},
              {"gpt2", bench_gpt2}, {"efficientnet-b0", bench_efficientnet_b0},
              {"dqn", bench_dqn},   {"10000x4096", NULL},
              {"40000x256", NULL}};
enum { MODELS = sizeof models / sizeof *models };

const char *bench_model_name(size_t index)
{
    return index < MODELS ? models[index].name : NULL;
}

/* "TENSORSxELEMENTS" */
static bool parse_grid(const char *name, uint64_t *tensors, uint64_t *elements)
{
    char digits[32];
    const char *cross = strchr(name, 'x');
    if (!cross || (size_t)(cross - name) >= sizeof digits)
        return false;
    memcpy(digits, name, (size_t)(cross - name));
    digits[cross - name] = '\0';
    return parse_count(digits, tensors) && parse_count(cross + 1, elements) && *tensors > 0 &&
           *elements > 0 && *tensors <= 1u << 24 && *elements <= (UINT64_C(1) << 40) / *tensors;
}

static int complain_model(const char *name)
{
    closest search = closest_to(name);
    for (size_t i = 0; i < MODELS; i++)
        closest_try(&search, models[i].name);
    return complain(EXIT_USAGE,
                    "there is no model \"%s\"%s; clstep bench --models lists them, and "
                    "TENSORSxELEMENTS makes one of equal tensors",
                    name, closest_text(&search, ""));
}

static int list_tensors(bench_model *model)
{
    uint64_t tensors, elements;
    for (size_t i = 0; i < MODELS; i++) {
        if (models[i].list && strcmp(models[i].name, model->name) == 0) {
            models[i].list(&model->tensors);
            return EXIT_OK;
        }
    }
    if (!parse_grid(model->name, &tensors, &elements))
        return complain_model(model->name);
    for (uint64_t i = 0; i < tensors && !model->tensors.failed; i++)
        bench_counts_add(&model->tensors, (size_t)elements);
    return EXIT_OK;
}

/* Adds up the elements of the listed tensors. */
static int sum_up(bench_model *model)
{
    if (model->tensors.failed) {
        bench_model_free(model);
        return complain_memory();
    }
    for (size_t i = 0; i < model->tensors.count; i++)
        model->elements += model->tensors.of[i];
    return EXIT_OK;
}

int bench_model_make(bench_model *model, const char *name)
{
    *model = (bench_model){0};
    snprintf(model->name, sizeof model->name, "%s", name);
    int code = list_tensors(model);
    return code == EXIT_OK ? sum_up(model) : code;
}

int bench_model_flat(bench_model *model, size_t elements)
{
    *model = (bench_model){.name = "flat"};
    bench_counts_add(&model->tensors, elements);
    return sum_up(model);
}

void bench_model_free(bench_model *model)
{
    free(model->tensors.of);
    *model = (bench_model){0};
}

bool bench_model_is_flat(const bench_model *model)
{
    return model->tensors.count == 1;
}

static void print_model(bool json, const bench_model *model)
{
    if (json)
        printf("{\"model\": \"%s\", \"tensors\": %zu, \"elements\": %zu}\n", model->name,
               model->tensors.count, model->elements);
    else
        printf("%-16s %7zu tensor%s %11zu elements\n", model->name, model->tensors.count,
               model->tensors.count == 1 ? " " : "s", model->elements);
}

int bench_models_print(bool json)
{
    const char *name;
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && (name = bench_model_name(i)); i++) {
        bench_model model;
        code = bench_model_make(&model, name);
        if (code != EXIT_OK)
            break;
        print_model(json, &model);
        bench_model_free(&model);
    }
    return code;
}
