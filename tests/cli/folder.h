/* Folders that a test works in, and what lies in them. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stddef.h>

enum { FOLDER_PATH = 256, FOLDER_LISTING = 4096 };

/* A folder for the whole program, with all others in it; removed by folder_remove_all(). */
void folder_start(void);
void folder_remove_all(void);

/* A new, empty folder. */
void folder_create(char path[FOLDER_PATH]);
void folder_write(const char *folder, const char *name, const void *bytes, size_t size);
/* Returns the size, 0 for a missing file; the text ends in '\0'. */
size_t folder_read(const char *folder, const char *name, char *text, size_t capacity);
/* Names and sizes of all files, sorted. */
void folder_list(const char *folder, char listing[FOLDER_LISTING]);

#endif
