/* Reads and checks the four idx files of a data set. Nothing goes to the device here. */
#include "cli/train/dataset.h"

#include "cli/command.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { LABELS_MAGIC = 0x801, IMAGES_MAGIC = 0x803, PATH_SIZE = 4096 };

/* Keeps every index and byte count within an int, as gzread() and CLBlast need it. */
enum { MOST_PIXELS = 1 << 16 };
#define MOST_BYTES UINT64_C(0x7fffffff)

typedef struct idx_file {
    gzFile stream;
    char path[PATH_SIZE];
} idx_file;

static int missing(const char *what, const char *path)
{
    return complain(
        EXIT_FAILED,
        "there is no %s '%s'; install the package dataset-fashion-mnist or name a folder "
        "by --data",
        what, path);
}

/* Opens NAME.gz or, where there is none, NAME. */
static int open_file(idx_file *file, const char *folder, const char *name)
{
    static const char *const suffixes[] = {"", ".gz"};
    for (size_t i = 2; i-- > 0;) {
        int length = snprintf(file->path, sizeof file->path, "%s/%s%s", folder, name, suffixes[i]);
        if (length < 0 || (size_t)length >= sizeof file->path)
            return complain(EXIT_FAILED, "the name of the data folder is too long");
        file->stream = gzopen(file->path, "rb");
        if (file->stream)
            return EXIT_OK;
        if (errno != ENOENT)
            return complain(EXIT_FAILED, "cannot read '%s': %s", file->path, strerror(errno));
    }
    snprintf(file->path, sizeof file->path, "%s/%s.gz", folder, name);
    return missing("file", file->path);
}

static int read_bytes(idx_file *file, void *bytes, size_t size)
{
    int got = gzread(file->stream, bytes, (unsigned)size);
    if (got == (int)size)
        return EXIT_OK;
    int code;
    const char *reason = gzerror(file->stream, &code);
    if (code == Z_ERRNO)
        reason = strerror(errno);
    if (code != Z_OK && code != Z_BUF_ERROR)
        return complain(EXIT_FAILED, "'%s' is damaged: %s", file->path, reason);
    return complain(EXIT_FAILED, "'%s' is truncated: it ends before its data do", file->path);
}

/* zlib compares the checksum of a gzip file when its end is read, so this is part of every read. */
static int expect_end(idx_file *file)
{
    char byte;
    int got = gzread(file->stream, &byte, 1);
    if (got > 0)
        return complain(EXIT_FAILED, "'%s' has bytes after its data", file->path);
    int code;
    const char *reason = gzerror(file->stream, &code);
    if (got < 0 || code == Z_BUF_ERROR)
        return complain(EXIT_FAILED, "'%s' is %s: %s", file->path,
                        code == Z_BUF_ERROR ? "truncated" : "damaged", reason);
    return EXIT_OK;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads magic and `count` dimensions. */
static int read_header(idx_file *file, uint32_t magic, uint32_t *dimensions, size_t count)
{
    unsigned char bytes[16];
    int code = read_bytes(file, bytes, 4 * (count + 1));
    if (code)
        return code;
    if (big_endian(bytes) != magic)
        return complain(EXIT_FAILED, "'%s' is not an idx file of %s: it begins with %08x, not %08x",
                        file->path, magic == IMAGES_MAGIC ? "images" : "labels", big_endian(bytes),
                        (unsigned)magic);
    for (size_t i = 0; i < count; i++)
        dimensions[i] = big_endian(bytes + 4 * (i + 1));
    return EXIT_OK;
}

static int read_body(idx_file *file, unsigned char **bytes, uint64_t size)
{
    *bytes = malloc((size_t)size);
    if (!*bytes)
        return complain(EXIT_FAILED, "no memory for '%s'", file->path);
    int code = read_bytes(file, *bytes, (size_t)size);
    return code ? code : expect_end(file);
}

static int read_images(idx_file *file, dataset_part *part, dataset *data)
{
    uint32_t size[3];
    int code = read_header(file, IMAGES_MAGIC, size, 3);
    if (code)
        return code;
    uint64_t pixels = (uint64_t)size[1] * size[2];
    if (size[0] == 0 || pixels == 0)
        return complain(EXIT_FAILED, "'%s' has no images", file->path);
    if (pixels > MOST_PIXELS || size[0] > MOST_BYTES / pixels)
        return complain(EXIT_FAILED, "'%s' claims %u image%s of %u x %u, more than can be used",
                        file->path, size[0], plural(size[0]), size[1], size[2]);
    if (data->pixels && (data->rows != size[1] || data->columns != size[2]))
        return complain(EXIT_FAILED,
                        "'%s' has images of %u x %u, but the training images are %u x %u",
                        file->path, size[1], size[2], data->rows, data->columns);
    data->rows = size[1];
    data->columns = size[2];
    data->pixels = (uint32_t)pixels;
    part->count = size[0];
    return read_body(file, &part->images, pixels * part->count);
}

static int read_labels(idx_file *file, dataset_part *part)
{
    uint32_t count;
    int code = read_header(file, LABELS_MAGIC, &count, 1);
    if (code)
        return code;
    if (count != part->count)
        return complain(EXIT_FAILED, "'%s' has %u label%s for %u image%s", file->path, count,
                        plural(count), part->count, plural(part->count));
    code = read_body(file, &part->labels, count);
    for (uint32_t i = 0; !code && i < count; i++)
        if (part->labels[i] >= DATASET_CLASSES)
            code = complain(EXIT_FAILED, "'%s' has the label %d; labels are 0 to %d", file->path,
                            part->labels[i], DATASET_CLASSES - 1);
    return code;
}

static int load_part(dataset *data, dataset_part *part, const char *folder, const char *prefix)
{
    char name[64];
    idx_file file;
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    int code = open_file(&file, folder, name);
    if (code)
        return code;
    code = read_images(&file, part, data);
    gzclose(file.stream);
    if (code)
        return code;
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    code = open_file(&file, folder, name);
    if (code)
        return code;
    code = read_labels(&file, part);
    gzclose(file.stream);
    return code;
}

/* Integer sums: exact, so the numbers depend on nothing but the images. */
static void measure_pixels(dataset *data)
{
    uint64_t sum = 0, squares = 0;
    size_t count = (size_t)data->train.count * data->pixels;
    for (size_t i = 0; i < count; i++) {
        uint64_t pixel = data->train.images[i];
        sum += pixel;
        squares += pixel * pixel;
    }
    double mean = (double)sum / (double)count;
    double variance = (double)squares / (double)count - mean * mean;
    data->mean = (float)mean;
    data->scale = variance > 1e-6 ? (float)(1 / sqrt(variance)) : 1.0f;
}

int dataset_load(dataset *data, const char *folder)
{
    *data = (dataset){0};
    if (!folder)
        folder = DATASET_DEFAULT_FOLDER;
    struct stat status;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return missing("folder", folder);
    int code = load_part(data, &data->train, folder, "train");
    if (!code)
        code = load_part(data, &data->test, folder, "t10k");
    if (code)
        dataset_free(data);
    else
        measure_pixels(data);
    return code;
}

void dataset_free(dataset *data)
{
    free(data->train.images);
    free(data->train.labels);
    free(data->test.images);
    free(data->test.labels);
    *data = (dataset){0};
}

uint32_t dataset_checksum(const dataset *data)
{
    const dataset_part *part = &data->train;
    uLong sum = crc32_z(0, part->images, (size_t)part->count * data->pixels);
    return (uint32_t)crc32_z(sum, part->labels, part->count);
}
