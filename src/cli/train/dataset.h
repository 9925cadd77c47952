/* Images and labels in the idx format of MNIST, gzip'd or not. */
#ifndef CLSTEP_CLI_TRAIN_DATASET_H
#define CLSTEP_CLI_TRAIN_DATASET_H

#include <stdint.h>

enum { DATASET_CLASSES = 10 };

#define DATASET_DEFAULT_FOLDER "/usr/share/datasets/fashion-mnist"

typedef struct dataset_part {
    unsigned char *images; /* count * pixels */
    unsigned char *labels; /* count, each below DATASET_CLASSES */
    uint32_t count;
} dataset_part;

/* Images of any size are taken as long as all have the same. */
typedef struct dataset {
    dataset_part train;
    dataset_part test;
    uint32_t rows;
    uint32_t columns;
    uint32_t pixels; /* of an image: rows * columns */
    float mean;      /* of all pixels of the training images, 0 to 255 */
    float scale;     /* 1 / their standard deviation; 1 where all are equal */
} dataset;

/* Reads the four files of a folder (NULL: the default one). Returns an exit code; what is wrong has
 * been said then and there is nothing to free. */
int dataset_load(dataset *data, const char *folder);
void dataset_free(dataset *data);

/* CRC-32 of the training images and their labels. */
uint32_t dataset_checksum(const dataset *data);

#endif
