/* Collects rows and writes their fields as JSON and CSV. table.c prints them for people. */
#include "cli/bench/result.h"

#include "cli/output_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int bench_results_add(bench_results *results, const bench_result *result)
{
    bench_result *grown = realloc(results->of, (results->count + 1) * sizeof *grown);
    if (!grown)
        return complain_memory();
    results->of = grown;
    results->of[results->count++] = *result;
    return EXIT_OK;
}

/* The update reads everything, and writes everything but the gradient. */
size_t bench_result_bytes(const bench_result *result)
{
    return 2 * clstep_dtype_size(result->param) + clstep_dtype_size(result->grad) +
           2 * result->states * clstep_dtype_size(result->state);
}

double bench_result_gbps(const bench_result *result, double seconds)
{
    return (double)result->elements * (double)bench_result_bytes(result) * 1e-9 / seconds;
}

/* ---- fields -------------------------------------------------------------------------------- */

typedef struct field {
    const char *name;
    const char *text; /* NULL: it is a number */
    double number;    /* NAN: there is none */
} field;

enum { FIELDS = 37 };

static field word(const char *name, const char *text)
{
    return (field){name, text, 0};
}

static field number(const char *name, double value)
{
    return (field){name, NULL, value};
}

static field count(const char *name, size_t value)
{
    return (field){name, NULL, (double)value};
}

static void list_fields(const bench_result *of, const clstep_device_info *device,
                        field fields[FIELDS])
{
    const field all[] = {
        word("model", of->model),
        word("rule", of->rule),
        word("param_dtype", clstep_dtype_describe(of->param)->name),
        word("grad_dtype", clstep_dtype_describe(of->grad)->name),
        word("state_dtype", clstep_dtype_describe(of->state)->name),
        count("elements", of->elements),
        count("tensors", of->tensors),
        word("buffers", of->own_buffers ? "own" : "shared"),
        count("rounds", of->rounds),
        count("bytes_per_element", bench_result_bytes(of)),
        count("state_bytes_per_element", of->states * clstep_dtype_size(of->state)),
        number("gbps", bench_result_gbps(of, of->update)),
        number("limit_gbps", bench_result_gbps(of, of->limit)),
        number("arithmetic_gbps", bench_result_gbps(of, of->arithmetic)),
        number("best_gbps", bench_result_gbps(of, of->best_update)),
        number("best_limit_gbps", bench_result_gbps(of, of->best_limit)),
        number("elements_per_s", (double)of->elements / of->update),
        number("share", of->share.median),
        number("share_low", of->share.low),
        number("share_high", of->share.high),
        word("versus", of->versus),
        number("ratio", of->ratio.median),
        number("ratio_low", of->ratio.low),
        number("ratio_high", of->ratio.high),
        count("launches", of->launches),
        number("update_us", of->update * 1e6),
        number("host_us", of->host * 1e6),
        number("first_ms", of->first * 1e3),
        number("again_ms", of->again * 1e3),
        word("limit_variant", of->limit_variant),
        number("limit_moved", of->limit_moved),
        word("platform", device->platform_name),
        word("device", device->name),
        word("driver", device->driver_version),
        count("compute_units", device->compute_units),
        count("clock_mhz", device->clock_mhz),
        number("memory_gib", (double)device->global_memory / 1073741824.0),
    };
    _Static_assert(sizeof all / sizeof *all == FIELDS, "FIELDS must be their number");
    memcpy(fields, all, sizeof all);
}

/* ---- JSON and CSV -------------------------------------------------------------------------- */

static void print_escaped(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        if ((unsigned char)*text >= ' ')
            fputc(*text, stream);
    }
}

void bench_print_json(FILE *stream, const bench_result *result, const clstep_device_info *device)
{
    field fields[FIELDS];
    list_fields(result, device, fields);
    for (size_t i = 0; i < FIELDS; i++) {
        fprintf(stream, "%s\"%s\": ", i ? ", " : "{", fields[i].name);
        if (fields[i].text) {
            fputc('"', stream);
            print_escaped(stream, fields[i].text);
            fputc('"', stream);
        } else if (isfinite(fields[i].number)) {
            fprintf(stream, "%.12g", fields[i].number);
        } else {
            fputs("null", stream);
        }
    }
    fputs("}\n", stream);
}

static void print_quoted(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void print_csv(FILE *stream, const field *fields)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (i)
            fputc(',', stream);
        if (fields[i].text)
            print_quoted(stream, fields[i].text);
        else if (isfinite(fields[i].number))
            fprintf(stream, "%.12g", fields[i].number);
    }
    fputc('\n', stream);
}

int bench_write_csv(const char *path, const bench_results *results,
                    const clstep_device_info *device)
{
    output_file file;
    field fields[FIELDS];
    int code = output_open(&file, path);
    if (code != EXIT_OK)
        return code;
    for (size_t i = 0; i < results->count; i++) {
        list_fields(&results->of[i], device, fields);
        for (size_t k = 0; i == 0 && k < FIELDS; k++)
            fprintf(file.stream, "%s%s", fields[k].name, k + 1 < FIELDS ? "," : "\n");
        print_csv(file.stream, fields);
    }
    return output_commit(&file);
}
