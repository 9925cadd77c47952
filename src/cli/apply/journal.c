/* The note of a step that is about to replace its two files. Which step that is, and whether it is
 * the one that is asked for, is apply.c's business. */
#define _XOPEN_SOURCE 700 /* realpath() */

#include "cli/apply/journal.h"

#include "cli/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The keys of the note's metadata; a file's begin with its name here. */
static const char *const names[JOURNAL_FILES] = {"params", "state"};
static const char step_key[] = "step", digest_key[] = "gradients";

/* ---- paths */

/* What leads to the file from anywhere: links are followed, also where nothing is there yet. */
static int make_absolute(const char *path, char absolute[PATH_MAX])
{
    char folder[PATH_MAX], found[PATH_MAX];
    if (realpath(path, absolute))
        return EXIT_OK;
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) + 1 : 1;
    const char *name = slash ? slash + 1 : path;
    if (snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".") >= PATH_MAX ||
        !realpath(folder, found) ||
        snprintf(absolute, PATH_MAX, "%s/%s", strcmp(found, "/") == 0 ? "" : found, name) >=
            PATH_MAX)
        return complain(EXIT_FAILED, "cannot write \"%.800s\": %s; check the path", path,
                        strerror(errno));
    return EXIT_OK;
}

/* The path of a file beside another. */
static int make_beside(const char *path, const char *before, const char *name, const char *after,
                       char beside[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (snprintf(beside, PATH_MAX, "%.*s/%s%s%s", (int)(slash - path), path, before, name, after) <
        PATH_MAX)
        return EXIT_OK;
    return complain(EXIT_FAILED, "\"%.800s\" is too long a path", path);
}

static int place_note(journal *note)
{
    const char *state = note->files[JOURNAL_STATE].path;
    return make_beside(state, ".", strrchr(state, '/') + 1, ".clstep-apply", note->path);
}

static file_identity identity_of(const char *path)
{
    file_identity identity = {"none"};
    struct stat is;
    if (stat(path, &is) == 0)
        snprintf(identity.text, sizeof identity.text, "%llu-%lld-%lld.%09ld",
                 (unsigned long long)is.st_ino, (long long)is.st_size, (long long)is.st_mtim.tv_sec,
                 is.st_mtim.tv_nsec);
    return identity;
}

static bool is_same(const file_identity *a, const file_identity *b)
{
    return strcmp(a->text, b->text) == 0;
}

int journal_start(journal *note, const char *params, const char *state)
{
    const char *const paths[JOURNAL_FILES] = {params, state};
    *note = (journal){0};
    for (size_t i = 0; i < JOURNAL_FILES; i++) {
        int code = make_absolute(paths[i], note->files[i].path);
        if (code != EXIT_OK)
            return code;
        note->files[i].before = identity_of(note->files[i].path);
    }
    return place_note(note);
}

/* ---- writing */

/* Paths are any bytes, and metadata are UTF-8: what is not plain becomes %XX. */
static clstep_status set_path(clstep_writer *writer, const char *key, const char *path)
{
    char text[3 * PATH_MAX], *to = text;
    for (; *path; path++) {
        const unsigned char byte = (unsigned char)*path;
        if (byte > 0x20 && byte < 0x7f && byte != '%')
            *to++ = (char)byte;
        else
            to += sprintf(to, "%%%02X", byte);
    }
    *to = '\0';
    return clstep_writer_set_metadata(writer, key, text);
}

static clstep_status set_number(clstep_writer *writer, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    return clstep_writer_set_metadata(writer, key, text);
}

static clstep_status set_file(clstep_writer *writer, const char *name, const journal_file *file)
{
    char key[32];
    clstep_status status = set_path(writer, name, file->path);
    snprintf(key, sizeof key, "%s.temporary", name);
    if (status == CLSTEP_OK)
        status = set_path(writer, key, file->temporary);
    snprintf(key, sizeof key, "%s.before", name);
    if (status == CLSTEP_OK)
        status = clstep_writer_set_metadata(writer, key, file->before.text);
    snprintf(key, sizeof key, "%s.after", name);
    return status == CLSTEP_OK ? clstep_writer_set_metadata(writer, key, file->after.text) : status;
}

static clstep_status write_note(const journal *note)
{
    clstep_writer *writer = NULL;
    clstep_status status = clstep_writer_create(&writer, note->path);
    if (status == CLSTEP_OK)
        status = set_number(writer, step_key, note->step);
    if (status == CLSTEP_OK)
        status = set_number(writer, digest_key, note->digest);
    for (size_t i = 0; status == CLSTEP_OK && i < JOURNAL_FILES; i++)
        status = set_file(writer, names[i], &note->files[i]);
    if (status == CLSTEP_OK)
        status = clstep_writer_begin(writer);
    if (status == CLSTEP_OK)
        status = clstep_writer_commit(writer);
    clstep_writer_destroy(writer);
    return status;
}

static int describe_file(journal_file *file, const clstep_writer *writer)
{
    char path[PATH_MAX];
    snprintf(file->temporary, sizeof file->temporary, "%s", clstep_writer_temporary(writer));
    int code = make_beside(file->path, "", file->temporary, "", path);
    if (code == EXIT_OK)
        file->after = identity_of(path);
    return code;
}

/* ---- finishing */

static int finish_file(const journal *note, const journal_file *file)
{
    const file_identity now = identity_of(file->path);
    if (is_same(&now, &file->after))
        return EXIT_OK;
    clstep_status status = CLSTEP_FILE_MISSING;
    if (is_same(&now, &file->before))
        status = clstep_writer_complete(file->path, file->temporary);
    if (status == CLSTEP_OK)
        return EXIT_OK;
    if (status != CLSTEP_FILE_MISSING)
        return complain(EXIT_FAILED,
                        "step %" PRIu64 " is not finished; the next run finishes it: %s",
                        note->step, clstep_last_error()->message);
    return complain(EXIT_FAILED,
                    "step %" PRIu64 " was cut off, and %.800s has been changed since, or its new "
                    "contents removed; take a sound pair of parameters and state, and remove the "
                    "note of that step, %.800s",
                    note->step, file->path, note->path);
}

static int finish_files(const journal *note)
{
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < JOURNAL_FILES; i++)
        code = finish_file(note, &note->files[i]);
    return code;
}

int journal_commit(journal *note, clstep_writer *params, clstep_writer *state)
{
    int code = describe_file(&note->files[JOURNAL_PARAMS], params);
    if (code == EXIT_OK)
        code = describe_file(&note->files[JOURNAL_STATE], state);
    if (code != EXIT_OK)
        return code;
    if (write_note(note) != CLSTEP_OK) {
        unlink(note->path); /* it may be there, if the folder's fsync failed */
        return complain(EXIT_FAILED, "the step was not taken: %s", clstep_last_error()->message);
    }
    clstep_writer_keep(params);
    clstep_writer_keep(state);
    return finish_files(note);
}

int journal_end(const journal *note)
{
    if (unlink(note->path) == 0 || errno == ENOENT)
        return EXIT_OK;
    return complain(EXIT_FAILED,
                    "step %" PRIu64 " is done, but its note %.800s cannot be removed: %s; remove "
                    "the note before the next step",
                    note->step, note->path, strerror(errno));
}

/* ---- reading */

static const char *get_text(const clstep_safetensors *file, const char *name, const char *what)
{
    char key[32];
    snprintf(key, sizeof key, "%s%s", name, what);
    return clstep_safetensors_metadata(file, key);
}

static bool get_path(const clstep_safetensors *file, const char *name, const char *what, char *path,
                     size_t size)
{
    const char *text = get_text(file, name, what);
    size_t length = 0;
    for (; text && *text; length++) {
        unsigned byte = (unsigned char)*text;
        if (length + 1 == size || (byte == '%' && sscanf(text + 1, "%2X", &byte) != 1))
            return false;
        text += *text == '%' ? 3 : 1;
        path[length] = (char)byte;
    }
    path[length] = '\0';
    return length > 0;
}

static bool get_number(const clstep_safetensors *file, const char *name, const char *what,
                       uint64_t *number)
{
    const char *text = get_text(file, name, what);
    return text && parse_count(text, number);
}

static bool get_file(const clstep_safetensors *file, const char *name, journal_file *into)
{
    return get_path(file, name, "", into->path, sizeof into->path) && into->path[0] == '/' &&
           get_path(file, name, ".temporary", into->temporary, sizeof into->temporary) &&
           get_path(file, name, ".before", into->before.text, sizeof into->before.text) &&
           get_path(file, name, ".after", into->after.text, sizeof into->after.text);
}

static int read_note(journal *note, bool *found)
{
    clstep_safetensors *file = NULL;
    clstep_status status = clstep_safetensors_open(&file, note->path);
    *found = status != CLSTEP_FILE_MISSING;
    if (!*found)
        return EXIT_OK;
    if (status != CLSTEP_OK)
        return complain_file(status, note->path);
    bool good = get_number(file, step_key, "", &note->step) &&
                get_number(file, digest_key, "", &note->digest);
    for (size_t i = 0; good && i < JOURNAL_FILES; i++)
        good = get_file(file, names[i], &note->files[i]);
    clstep_safetensors_close(file);
    return good ? EXIT_OK
                : complain(EXIT_FAILED,
                           "%.800s has the name of clstep apply's note of an unfinished step, but "
                           "is something else; remove it",
                           note->path);
}

int journal_finish(journal *note, const char *state, bool *found)
{
    *note = (journal){0};
    *found = false;
    int code = make_absolute(state, note->files[JOURNAL_STATE].path);
    if (code == EXIT_OK)
        code = place_note(note);
    if (code == EXIT_OK)
        code = read_note(note, found);
    return code == EXIT_OK && *found ? finish_files(note) : code;
}

bool journal_same_files(const journal *a, const journal *b)
{
    return strcmp(a->files[JOURNAL_PARAMS].path, b->files[JOURNAL_PARAMS].path) == 0 &&
           strcmp(a->files[JOURNAL_STATE].path, b->files[JOURNAL_STATE].path) == 0;
}
