/* A folder for the checkpoints of a test. */
#ifndef TESTS_DEVICE_CHECKPOINT_FILES_H
#define TESTS_DEVICE_CHECKPOINT_FILES_H

#include <stddef.h>

enum { FOLDER_SIZE = 40 };
extern char folder[FOLDER_SIZE];

/* The fixture of the tests: device and folder. */
void open_folder(void);
void close_folder(void);

size_t count_files(void);
/* The path of a file there, valid until the fourth call from here. */
const char *path(const char *name, size_t index);
/* The bytes of a file, to be freed. */
char *contents(const char *of, size_t *size);
/* Two files are equal in every byte. */
void ck_same_file(const char *what, const char *a, const char *b);

#endif
