/* The tuning file of a device: its path, reading and writing. text.c has the format. */
#include <clstep/tuning.h>

#include "base/error.h"
#include "base/file_error.h"
#include "base/file_input.h"
#include "base/file_replace.h"
#include "base/memory.h"
#include "base/sized.h"
#include "device/query.h"
#include "engine/identity.h"
#include "tuning/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes: of the device's name in the file's name, of the digest there, and of a file. */
enum { NAME_MOST = 40, DIGEST_SHOWN = 6, FILE_MOST = 4096 };

static clstep_status check_device(const char *call, cl_device_id device)
{
    return device ? CLSTEP_OK : clstep__refuse(call, "device is NULL");
}

/* Checks the device and copies the caller's struct, for reading and writing. */
static clstep_status check_both(const char *call, cl_device_id device,
                                const clstep_engine_options *launch, clstep_engine_options *own)
{
    clstep_status status = check_device(call, device);
    if (status == CLSTEP_OK &&
        !clstep__struct_read(own, launch, CLSTEP__SIZES(clstep_engine_options)))
        status = clstep__refuse(call, "launch must start as CLSTEP_ENGINE_OPTIONS_INIT");
    return status;
}

/* ---- the device of a file */

static void free_owner(clstep__tuning_owner *owner)
{
    for (size_t i = 0; i < CLSTEP__TUNING_TEXTS; i++)
        clstep__text_free(&owner->texts[i]);
}

static clstep_status find_owner(const char *call, cl_device_id device, clstep__tuning_owner *owner)
{
    static const clstep__query platform = CLSTEP__QUERY(CL_PLATFORM_NAME);
    static const clstep__query name = CLSTEP__QUERY(CL_DEVICE_NAME);
    static const clstep__query driver = CLSTEP__QUERY(CL_DRIVER_VERSION);
    *owner = (clstep__tuning_owner){0};
    clstep_status status = clstep__platform_text(call, device, platform, &owner->texts[0]);
    if (status == CLSTEP_OK)
        status = clstep__device_text(call, device, name, &owner->texts[1]);
    if (status == CLSTEP_OK)
        status = clstep__device_text(call, device, driver, &owner->texts[2]);
    for (size_t i = 0; status == CLSTEP_OK && i < CLSTEP__TUNING_TEXTS; i++)
        clstep__tuning_line(&owner->texts[i]);
    if (status != CLSTEP_OK)
        free_owner(owner);
    return status;
}

/* ---- the default path */

/* An absolute path, as the XDG base directory specification demands. */
static const char *folder_of(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] == '/' ? value : NULL;
}

/* Makes the file's name: letters, digits and dots of the device's name, with a '-' for everything
 * between them, and a digest, because several devices or drivers may give the same name. */
static void append_name(const clstep__tuning_owner *owner, clstep__text *path)
{
    clstep__sha256 state;
    unsigned char digest[CLSTEP__SHA256_SIZE];
    const clstep__text *name = &owner->texts[1];
    char last = '-';
    clstep__sha256_start(&state);
    for (size_t i = 0; i < CLSTEP__TUNING_TEXTS; i++)
        clstep__sha256_field(&state, owner->texts[i].length ? owner->texts[i].bytes : "",
                             owner->texts[i].length);
    clstep__sha256_end(&state, digest);
    for (size_t i = 0; i < name->length && i < NAME_MOST; i++) {
        const char at = name->bytes[i];
        const bool plain = (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') ||
                           (at >= '0' && at <= '9') || (at == '.' && i > 0);
        if (plain || last != '-')
            clstep__text_append(path, plain ? &at : "-", 1);
        last = plain ? at : '-';
    }
    if (last != '-')
        clstep__text_append(path, "-", 1);
    for (size_t i = 0; i < DIGEST_SHOWN; i++)
        clstep__text_format(path, "%02x", digest[i]);
    clstep__text_format(path, ".txt");
}

static clstep_status default_path(const char *call, const clstep__tuning_owner *owner,
                                  clstep__text *path)
{
    const char *cache = folder_of("XDG_CACHE_HOME");
    const char *home = folder_of("HOME");
    if (!cache && !home)
        return clstep__fail(CLSTEP_UNSUPPORTED, call,
                            "neither XDG_CACHE_HOME nor HOME is an absolute path; set one, or give "
                            "a path");
    clstep__text_format(path, "%s%s/clstep/tuning/", cache ? cache : home, cache ? "" : "/.cache");
    append_name(owner, path);
    return path->failed ? clstep__no_memory(call) : CLSTEP_OK;
}

clstep_status clstep_tuning_path(cl_device_id device, char *path, size_t capacity, size_t *needed)
{
    static const char call[] = "clstep_tuning_path";
    clstep__tuning_owner owner = {0};
    clstep__text found = {0};
    clstep_status status = check_device(call, device);
    if (status == CLSTEP_OK && !path && capacity > 0)
        status = clstep__refuse(call, "path is NULL although capacity is above 0");
    if (status == CLSTEP_OK)
        status = find_owner(call, device, &owner);
    if (status == CLSTEP_OK)
        status = default_path(call, &owner, &found);
    if (status == CLSTEP_OK && capacity > 0) {
        const size_t copied = found.length < capacity ? found.length : capacity - 1;
        memcpy(path, found.bytes, copied);
        path[copied] = '\0';
    }
    if (status == CLSTEP_OK && needed)
        *needed = found.length + 1;
    free_owner(&owner);
    clstep__text_free(&found);
    return status;
}

/* ---- writing */

/* Creates the missing folders of a path, for their owner only. */
static clstep_status make_folders(const char *call, char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const int failed = mkdir(path, 0700) != 0 && errno != EEXIST ? errno : 0;
        clstep_status status =
            failed ? clstep__file_io(call, "make the folder", path, failed) : CLSTEP_OK;
        *slash = '/';
        if (status != CLSTEP_OK)
            return status;
    }
    return CLSTEP_OK;
}

static clstep_status write_text(const char *call, const char *path, const clstep__text *text)
{
    clstep__replacement file;
    clstep_status status = clstep__replacement_open(&file, call, path, text->length, 0600);
    if (status != CLSTEP_OK)
        return status;
    status = clstep__replacement_write(&file, call, 0, text->length, text->bytes);
    if (status == CLSTEP_OK)
        status = clstep__replacement_commit(&file, call);
    clstep__replacement_close(&file);
    return status;
}

static clstep_status write_for(const char *call, const clstep__tuning_owner *owner,
                               const clstep_engine_options *launch, const char *path)
{
    clstep__text text = {0}, place = {0};
    clstep_status status = CLSTEP_OK;
    clstep__tuning_format(owner, launch, &text);
    if (text.failed)
        status = clstep__no_memory(call);
    if (status == CLSTEP_OK && !path)
        status = default_path(call, owner, &place);
    if (status == CLSTEP_OK && !path)
        status = make_folders(call, place.bytes);
    if (status == CLSTEP_OK)
        status = write_text(call, path ? path : place.bytes, &text);
    clstep__text_free(&place);
    clstep__text_free(&text);
    return status;
}

clstep_status clstep_tuning_write(const clstep_engine_options *launch, cl_device_id device,
                                  const char *path)
{
    static const char call[] = "clstep_tuning_write";
    clstep__tuning_owner owner = {0};
    clstep_engine_options own;
    clstep_status status = check_both(call, device, launch, &own);
    if (status != CLSTEP_OK)
        return status;
    if (clstep__tuning_wrong(&own))
        return clstep__refuse(call, "launch.%s is not set, or out of its range",
                              clstep__tuning_wrong(&own));
    status = find_owner(call, device, &owner);
    if (status == CLSTEP_OK)
        status = write_for(call, &owner, &own, path);
    free_owner(&owner);
    return status;
}

/* ---- reading */

static clstep_status read_text(const char *call, const char *path,
                               const clstep__tuning_owner *owner, clstep_engine_options *launch)
{
    char text[FILE_MOST];
    clstep__input file;
    clstep_status status = clstep__input_open(&file, call, path);
    if (status != CLSTEP_OK)
        return status;
    if (file.size > sizeof text)
        status = clstep__fail(CLSTEP_INVALID_FILE, call,
                              "\"%.400s\" has %llu bytes; a tuning file has at most %zu", path,
                              (unsigned long long)file.size, sizeof text);
    if (status == CLSTEP_OK)
        status = clstep__input_read(&file, call, 0, file.size, text);
    if (status == CLSTEP_OK)
        status = clstep__tuning_parse(call, path, text, (size_t)file.size, owner, launch);
    clstep__input_close(&file);
    return status;
}

/* It is no failure if there is no file, or no default path. */
static clstep_status read_default(const char *call, const clstep__tuning_owner *owner,
                                  clstep_engine_options *launch)
{
    clstep__text path = {0};
    struct stat is;
    if (!folder_of("XDG_CACHE_HOME") && !folder_of("HOME"))
        return CLSTEP_OK;
    clstep_status status = default_path(call, owner, &path);
    if (status == CLSTEP_OK &&
        (stat(path.bytes, &is) == 0 || (errno != ENOENT && errno != ENOTDIR)))
        status = read_text(call, path.bytes, owner, launch);
    clstep__text_free(&path);
    return status;
}

clstep_status clstep_tuning_read(clstep_engine_options *launch, cl_device_id device,
                                 const char *path)
{
    static const char call[] = "clstep_tuning_read";
    clstep__tuning_owner owner = {0};
    clstep_engine_options own;
    clstep_status status = check_both(call, device, launch, &own);
    if (status != CLSTEP_OK)
        return status;
    status = find_owner(call, device, &owner);
    if (status == CLSTEP_OK)
        status = path ? read_text(call, path, &owner, &own) : read_default(call, &owner, &own);
    if (status == CLSTEP_OK)
        clstep__struct_write(launch, &own, sizeof(clstep_engine_options));
    free_owner(&owner);
    return status;
}
