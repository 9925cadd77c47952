/* A small data set in the files of Fashion-MNIST, right or with one thing wrong. */
#ifndef IMAGES_H
#define IMAGES_H

#include <stddef.h>
#include <stdint.h>

enum { IMAGES_TRAIN = 256, IMAGES_TEST = 100, IMAGES_SIDE = 10 };

#define IMAGES_TRAIN_FILE "train-images-idx3-ubyte.gz"
#define LABELS_TRAIN_FILE "train-labels-idx1-ubyte.gz"
#define IMAGES_TEST_FILE  "t10k-images-idx3-ubyte.gz"
#define LABELS_TEST_FILE  "t10k-labels-idx1-ubyte.gz"

/* Bytes of an idx file before they are packed. */
typedef struct idx {
    unsigned char bytes[16 + IMAGES_TRAIN * IMAGES_SIDE * IMAGES_SIDE + 16];
    size_t size;
} idx;

/* The row of a label is bright, all else is noise. */
void images_make(idx *file, uint32_t count);
void labels_make(idx *file, uint32_t count);
/* Sets the index-th number of the header: 0 the magic, 1 the count, 2 and 3 rows and columns. */
void idx_set(idx *file, size_t index, uint32_t value);

/* Writes a file, packed by gzip. */
void idx_pack(const char *folder, const char *name, const idx *file);
/* Writes all four files. */
void images_write(const char *folder);

#endif
