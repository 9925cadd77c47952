/* The models that have a name of their own. */
#include "cli/bench/modes.h"

#include <stdio.h>

static void print_model(const bench_options *options, const bench_model *model)
{
    if (options->json)
        printf("{\"model\": \"%s\", \"tensors\": %zu, \"elements\": %zu}\n", model->name,
               model->tensors.count, model->elements);
    else
        printf("%-16s %7zu tensor%s %11zu elements\n", model->name, model->tensors.count,
               model->tensors.count == 1 ? " " : "s", model->elements);
}

int bench_list_models(const bench_options *options)
{
    const char *name;
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && (name = bench_model_name(i)); i++) {
        bench_model model;
        code = bench_model_make(&model, name);
        if (code != EXIT_OK)
            break;
        print_model(options, &model);
        bench_model_free(&model);
    }
    return code;
}
