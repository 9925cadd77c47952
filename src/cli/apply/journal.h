/*
 * One commit point for the two files of a step. When both new files are whole and on the disk,
 * under temporary names, a note of them is put beside the state, ".NAME.clstep-apply"; from then on
 * the step counts as taken. Both are renamed, and the note is removed. Who finds a note finishes
 * what the process that wrote it has begun.
 */
#ifndef CLSTEP_CLI_APPLY_JOURNAL_H
#define CLSTEP_CLI_APPLY_JOURNAL_H

#include <clstep/store.h>
#include <limits.h>
#include <stdbool.h>

enum { JOURNAL_PARAMS, JOURNAL_STATE, JOURNAL_FILES };

/* What tells a file from others, also from one that has got its inode after it: inode, size and the
 * time of the last change; "none" where there is no file. A rename changes none of them. */
typedef struct {
    char text[88];
} file_identity;

typedef struct {
    char path[PATH_MAX]; /* absolute */
    char temporary[NAME_MAX + 1];
    file_identity before; /* of what was there under that path */
    file_identity after;  /* of the temporary file */
} journal_file;

typedef struct {
    char path[PATH_MAX]; /* its own */
    journal_file files[JOURNAL_FILES];
    uint64_t step;   /* that is taken */
    uint64_t digest; /* of its gradients */
} journal;

/* Notes where a step is to be written, before its writers begin. Returns an exit code, as below. */
int journal_start(journal *note, const char *params, const char *state);

/* Commits: writes the note and puts both files into their places. The writers are synced, and kept
 * from the note on. The note stays until journal_end(). */
int journal_commit(journal *note, clstep_writer *params, clstep_writer *state);
int journal_end(const journal *note);

/* Finishes the step of the note beside `state`, if there is one; *found says whether. */
int journal_finish(journal *note, const char *state, bool *found);

/* Whether two notes are of the same files. */
bool journal_same_files(const journal *a, const journal *b);

#endif
