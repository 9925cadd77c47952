/* Replaces a file: writes a temporary file beside it, then renames that. Names and locks of
 * temporary files are in file_temporary.c. */
#define _FILE_OFFSET_BITS 64

#include "base/file_replace.h"

#include "base/file_error.h"
#include "base/file_place.h"
#include "base/file_temporary.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of one pwrite(). */
enum { CHUNK = 1 << 30 };

/* What the new file takes over from the old one. */
typedef struct {
    bool exists;
    mode_t mode;
    uid_t user;
    gid_t group;
} owner;

static clstep_status examine_target(const clstep__replacement *replacement, const char *call,
                                    owner *old)
{
    struct stat is;
    *old = (owner){0};
    if (fstatat(replacement->folder, replacement->name, &is, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? CLSTEP_OK
                               : clstep__file_io(call, "examine", replacement->path, errno);
    if (!S_ISREG(is.st_mode))
        return clstep__file_fail(call, "\"%.800s\" is %s; only a regular file is replaced",
                                 replacement->path,
                                 S_ISDIR(is.st_mode) ? "a folder" : "a device, pipe or socket");
    /* A rename needs permission for the folder only. It must not replace a write-protected file. */
    if (faccessat(replacement->folder, replacement->name, W_OK, AT_EACCESS) != 0)
        return clstep__file_io(call, "replace", replacement->path, errno);
    *old = (owner){true, is.st_mode & 07777, is.st_uid, is.st_gid};
    return CLSTEP_OK;
}

/* `mode` lets nobody else read the file before set_owner() gives it its own mode. */
static clstep_status create_temporary(clstep__replacement *replacement, const char *call,
                                      mode_t mode)
{
    replacement->temporary = clstep__allocate(CLSTEP__TEMPORARY_SIZE, 1);
    if (!replacement->temporary)
        return clstep__file_no_memory(call);
    replacement->file = clstep__temporary_create(replacement->folder, replacement->name, mode,
                                                 replacement->temporary);
    if (replacement->file >= 0)
        return CLSTEP_OK;
    const int code = errno;
    clstep__free(replacement->temporary);
    replacement->temporary = NULL;
    return clstep__file_io(call, "create a file in the folder of", replacement->path, code);
}

/* Gives the new file the owner and group of the old one, if the process may: root must not take a
 * user's file away. If the group cannot be kept, its permissions are dropped; if the user cannot,
 * set-user-ID is. Some file systems have one mode for all files and refuse fchmod() even for that
 * mode, so it is called only if the mode differs. */
static int set_owner(int file, const owner *old)
{
    struct stat is;
    mode_t mode = old->mode;
    if (!old->exists)
        return 0;
    if (fstat(file, &is) != 0)
        return errno;
    if (is.st_uid != old->user) {
        if (fchown(file, old->user, old->group) == 0)
            is.st_gid = old->group;
        else
            mode &= ~(mode_t)S_ISUID;
    }
    if (is.st_gid != old->group && fchown(file, (uid_t)-1, old->group) != 0)
        mode &= ~(mode_t)(S_IRWXG | S_ISGID);
    if (fstat(file, &is) == 0 && (is.st_mode & 07777) == mode)
        return 0;
    return fchmod(file, mode) == 0 ? 0 : errno;
}

/* Reserves the space at once, if the file system can: a full disk is then found early. */
static int set_size(int file, uint64_t size)
{
    int code;
    if (size > INT64_MAX)
        return EFBIG;
    do
        code = posix_fallocate(file, 0, (off_t)size);
    while (code == EINTR);
    if (code != EOPNOTSUPP && code != EINVAL && code != ENOSYS)
        return code;
    return ftruncate(file, (off_t)size) == 0 ? 0 : errno;
}

static clstep_status prepare(clstep__replacement *replacement, const char *call, uint64_t size,
                             mode_t fresh)
{
    owner old;
    clstep_status status = examine_target(replacement, call, &old);
    if (status == CLSTEP_OK) { /* first, since old temporary files may fill the disk */
        clstep__temporaries_remove(replacement->folder, replacement->name);
        status = create_temporary(replacement, call, old.exists ? 0600 : fresh);
    }
    if (status != CLSTEP_OK)
        return status;
    int code = set_owner(replacement->file, &old);
    if (code == 0)
        code = set_size(replacement->file, size);
    return code == 0 ? CLSTEP_OK : clstep__file_io(call, "write", replacement->path, code);
}

clstep_status clstep__replacement_open(clstep__replacement *replacement, const char *call,
                                       const char *path, uint64_t size, unsigned mode)
{
    *replacement = (clstep__replacement){.path = path, .folder = -1, .file = -1};
    clstep_status status = clstep__place_open(call, path, &replacement->folder, &replacement->name);
    if (status != CLSTEP_OK)
        return status;
    status = prepare(replacement, call, size, (mode_t)mode);
    if (status != CLSTEP_OK)
        clstep__replacement_close(replacement);
    return status;
}

clstep_status clstep__replacement_write(clstep__replacement *replacement, const char *call,
                                        uint64_t at, uint64_t bytes, const void *from)
{
    const unsigned char *next = from;
    replacement->synced = false;
    while (bytes > 0) {
        const ssize_t done =
            pwrite(replacement->file, next, bytes < CHUNK ? (size_t)bytes : CHUNK, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return clstep__file_io(call, "write", replacement->path, done < 0 ? errno : ENOSPC);
        next += done;
        at += (uint64_t)done;
        bytes -= (uint64_t)done;
    }
    return CLSTEP_OK;
}

static int flush(int descriptor)
{
    int code;
    do
        code = fsync(descriptor) == 0 ? 0 : errno;
    while (code == EINTR);
    return code;
}

static int flush_folder(int folder)
{
    const int code = flush(folder);
    return code == EINVAL ? 0 : code; /* not every file system syncs folders */
}

static clstep_status sync_file(clstep__replacement *replacement, const char *call)
{
    if (replacement->synced)
        return CLSTEP_OK;
    const int code = flush(replacement->file);
    if (code != 0)
        return clstep__file_io(call, "write", replacement->path, code);
    replacement->synced = true;
    return CLSTEP_OK;
}

clstep_status clstep__replacement_sync(clstep__replacement *replacement, const char *call)
{
    clstep_status status = sync_file(replacement, call);
    if (status != CLSTEP_OK)
        return status;
    const int code = flush_folder(replacement->folder); /* has the temporary file's name */
    return code == 0 ? CLSTEP_OK
                     : clstep__file_io(call, "flush the folder of", replacement->path, code);
}

/* Flushes the folder after a rename. */
static clstep_status settle(int folder, const char *call, const char *path)
{
    const int code = flush_folder(folder);
    return code == 0 ? CLSTEP_OK : clstep__file_unsettled(call, path, code);
}

clstep_status clstep__replacement_commit(clstep__replacement *replacement, const char *call)
{
    clstep_status status = sync_file(replacement, call);
    if (status != CLSTEP_OK)
        return status;
    if (renameat(replacement->folder, replacement->temporary, replacement->folder,
                 replacement->name) != 0)
        return clstep__file_io(call, "replace", replacement->path, errno);
    clstep__free(replacement->temporary);
    replacement->temporary = NULL;
    return settle(replacement->folder, call, replacement->path);
}

void clstep__replacement_keep(clstep__replacement *replacement)
{
    clstep__free(replacement->temporary);
    replacement->temporary = NULL;
    if (replacement->file >= 0)
        close(replacement->file); /* which releases the lock */
    replacement->file = -1;
}

/* Holds the lock during the rename, so that no other process removes the file. */
static clstep_status complete(int folder, const char *call, const char *path, const char *name,
                              const char *temporary)
{
    const int file = clstep__temporary_lock(folder, temporary);
    if (file < 0 && errno == ENOENT)
        return clstep__file_missing(call, temporary);
    if (file < 0 && errno == EWOULDBLOCK)
        return clstep__file_fail(call, "another process is writing \"%.800s\"; wait until it ends",
                                 path);
    const int code = renameat(folder, temporary, folder, name) != 0 ? errno : 0;
    if (file >= 0)
        close(file);
    return code == 0 ? settle(folder, call, path) : clstep__file_io(call, "replace", path, code);
}

clstep_status clstep__replacement_complete(const char *call, const char *path,
                                           const char *temporary)
{
    int folder = -1;
    char *name = NULL;
    clstep_status status = clstep__place_open(call, path, &folder, &name);
    if (status != CLSTEP_OK)
        return status;
    if (clstep__is_temporary(temporary, name))
        status = complete(folder, call, path, name, temporary);
    else
        status = clstep__file_fail(call, "\"%.300s\" is not a temporary file of \"%.300s\"",
                                   temporary, path);
    close(folder);
    clstep__free(name);
    return status;
}

void clstep__replacement_close(clstep__replacement *replacement)
{
    if (replacement->temporary)
        unlinkat(replacement->folder, replacement->temporary, 0);
    if (replacement->file >= 0)
        close(replacement->file);
    if (replacement->folder >= 0)
        close(replacement->folder);
    clstep__free(replacement->temporary);
    clstep__free(replacement->name);
    *replacement = (clstep__replacement){.folder = -1, .file = -1};
}
