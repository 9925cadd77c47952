/* Writes tables and pictures: files that appear whole or not at all, and streams such as standard
 * output. libclstep-store writes files of tensors. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "cli/output_file.h"

#include "cli/command.h"
#include "cli/temporary_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain_write(const char *path, int reason)
{
    return complain(EXIT_FAILED, "cannot write '%s': %s", path, strerror(reason));
}

/* ---- names --------------------------------------------------------------------------------- */

static char *join(const char *first, const char *between, const char *last)
{
    size_t size = strlen(first) + strlen(between) + strlen(last) + 1;
    char *whole = malloc(size);
    if (whole)
        snprintf(whole, size, "%s%s%s", first, between, last);
    return whole;
}

/* The real path of a file that does not exist, whose folder does. */
static char *resolve_new(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (*name == '\0') {
        errno = slash ? EISDIR : ENOENT;
        return NULL;
    }
    char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    free(folder);
    char *whole = real ? join(real, "/", name) : NULL;
    free(real);
    return whole;
}

/* Through links, so that a link stays and what it leads to is replaced. NULL with errno: also for a
 * link that leads nowhere. */
static char *resolve(const char *path)
{
    struct stat status;
    char *real = realpath(path, NULL);
    if (real || errno != ENOENT || lstat(path, &status) == 0)
        return real;
    return resolve_new(path);
}

/* ---- standard output ------------------------------------------------------------------------- */

/* The descriptor of standard output after an output has claimed it, and that output's path; else
 * -1. */
static int data = -1;
static const char *data_path;

/* Whether the path is standard output, as "-" and /dev/stdout are. */
static bool is_standard_output(const char *path)
{
    struct stat one, other;
    if (data >= 0)
        return strcmp(path, data_path) == 0;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &one) == 0 && fstat(STDOUT_FILENO, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* From here on what the program says goes to standard error. */
static int claim_standard_output(const char *path)
{
    if (data >= 0)
        return EXIT_OK;
    fflush(stdout);
    data = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (data < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return complain_write(path, errno);
    data_path = path;
    return EXIT_OK;
}

bool output_is_stream(const char *path)
{
    struct stat status;
    return is_standard_output(path) ||
           (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode));
}

static int open_stream(output_file *file)
{
    if (is_standard_output(file->path)) {
        int code = claim_standard_output(file->path);
        if (code)
            return code;
        const int copy = dup(data);
        file->stream = copy >= 0 ? fdopen(copy, "wb") : NULL;
    } else {
        file->stream = fopen(file->path, "wb");
    }
    return file->stream ? EXIT_OK : complain_write(file->path, errno);
}

/* ---- files --------------------------------------------------------------------------------- */

/* Frees what is left of `file` once its temporary name is gone. */
static void forget(output_file *file)
{
    if (file->stream)
        fclose(file->stream);
    free(file->temporary);
    free(file->target);
    *file = (output_file){0};
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* mkstemp() makes files that nobody else can read. */
static int open_temporary(output_file *file, mode_t mode)
{
    file->temporary = join(file->target, ".", "XXXXXX");
    if (!file->temporary)
        return ENOMEM;
    int descriptor = temporary_file_create(file->temporary);
    if (descriptor < 0)
        return errno;
    file->stream = fchmod(descriptor, mode) == 0 ? fdopen(descriptor, "w+b") : NULL;
    if (file->stream)
        return 0;
    int reason = errno;
    close(descriptor);
    unlink(file->temporary);
    temporary_file_gone();
    return reason;
}

/* `mode` becomes that of an existing file. */
static int find_target(output_file *file, mode_t *mode)
{
    struct stat status;
    file->target = resolve(file->path);
    if (!file->target)
        return complain_write(file->path, errno);
    if (stat(file->target, &status) != 0)
        return EXIT_OK;
    if (!S_ISREG(status.st_mode))
        return complain(EXIT_FAILED, "cannot write '%s': it exists and is not a file", file->path);
    /* rename() would replace a file that may not be written. */
    if (access(file->target, W_OK) != 0)
        return complain_write(file->path, errno);
    *mode = status.st_mode & 0777;
    return EXIT_OK;
}

int output_open(output_file *file, const char *path)
{
    mode_t mode = usual_mode();
    *file = (output_file){.path = path};
    if (output_is_stream(path))
        return open_stream(file);
    int code = find_target(file, &mode);
    if (!code) {
        int reason = open_temporary(file, mode);
        code = reason ? complain_write(path, reason) : EXIT_OK;
    }
    if (code)
        forget(file);
    return code;
}

static int commit_stream(output_file *file)
{
    const char *path = file->path;
    int reason = ferror(file->stream) ? EIO : 0;
    if (fclose(file->stream) != 0)
        reason = errno;
    file->stream = NULL;
    forget(file);
    return reason ? complain_write(path, reason) : EXIT_OK;
}

int output_commit(output_file *file)
{
    const char *path = file->path;
    if (!file->temporary)
        return commit_stream(file);
    int reason = ferror(file->stream) ? EIO : 0;
    if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0)
        reason = errno;
    if (!reason && rename(file->temporary, file->target) != 0)
        reason = errno;
    if (reason) {
        output_abandon(file);
        return complain_write(path, reason);
    }
    temporary_file_gone();
    forget(file);
    return EXIT_OK;
}

void output_abandon(output_file *file)
{
    if (file->temporary) {
        unlink(file->temporary);
        temporary_file_gone();
    }
    forget(file);
}

int output_check(const char *path)
{
    output_file file;
    if (is_standard_output(path))
        return claim_standard_output(path);
    if (output_is_stream(path)) /* opening a pipe would wait for its reader */
        return access(path, W_OK) == 0 ? EXIT_OK : complain_write(path, errno);
    int code = output_open(&file, path);
    if (!code)
        output_abandon(&file);
    return code;
}

int output_refuse_stream(const char *option, const char *path)
{
    if (!output_is_stream(path))
        return EXIT_OK;
    return complain(EXIT_USAGE, "--%s takes a file, not a stream such as '%s'", option, path);
}

int output_check_file(const char *option, const char *path)
{
    int code = output_refuse_stream(option, path);
    return code ? code : output_check(path);
}

int output_check_below(const char *path)
{
    struct stat status;
    char *folder = strdup(path);
    if (!folder)
        return complain_memory();
    int reason = ENOENT, missing = -1;
    for (; reason == ENOENT && folder[0]; missing++) {
        *strrchr(folder, '/') = '\0';
        reason = stat(folder[0] ? folder : "/", &status) == 0 ? 0 : errno;
    }
    if (!reason && !S_ISDIR(status.st_mode))
        reason = ENOTDIR;
    if (!reason && access(folder[0] ? folder : "/", W_OK | X_OK) != 0)
        reason = errno;
    free(folder);
    if (reason)
        return complain_write(path, reason);
    return missing ? EXIT_OK : output_check(path);
}
