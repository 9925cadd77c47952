/* Collects the points of learning curves and writes them as CSV. picture.c draws them. */
#include "cli/train/curves.h"

#include "cli/command.h"
#include "cli/output_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

int curve_add(curve *line, curve_point point)
{
    if (line->count == line->capacity) {
        size_t capacity = line->capacity ? 2 * line->capacity : 256;
        curve_point *points = realloc(line->points, capacity * sizeof *points);
        if (!points)
            return complain(EXIT_FAILED, "no memory for the learning curve");
        line->points = points;
        line->capacity = capacity;
    }
    line->points[line->count++] = point;
    return EXIT_OK;
}

static void write_point(FILE *stream, const char *name, const curve_point *point)
{
    if (name)
        fprintf(stream, "%s,", name);
    fprintf(stream, "%.4f,%" PRIu64 ",%.9g,%.9g,", point->epoch, point->step, point->lr,
            point->loss);
    if (isnan(point->accuracy))
        fputc('\n', stream);
    else
        fprintf(stream, "%.6g\n", point->accuracy);
}

int curves_write(const curve *lines, size_t count, bool with_names, const char *path)
{
    output_file file;
    int code = output_open(&file, path);
    if (code)
        return code;
    fprintf(file.stream, "%sepoch,step,lr,train_loss,test_accuracy\n", with_names ? "rule," : "");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lines[i].count; j++)
            write_point(file.stream, with_names ? lines[i].name : NULL, &lines[i].points[j]);
    return output_commit(&file);
}

void curve_free(curve *line)
{
    free(line->points);
    *line = (curve){0};
}
