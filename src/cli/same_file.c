/* Whether two paths lead to one file: through links, and also if the file does not exist yet. */
#include "cli/same_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 };

static bool same_inode(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* The place in a path where the last name begins. */
static size_t name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The path with the links of its last name followed, also to a file that does not exist. */
static void follow(const char *path, char to[PATH_MAX])
{
    char link[PATH_MAX];
    snprintf(to, PATH_MAX, "%s", path);
    for (int i = 0; i < LINKS_MOST; i++) {
        const ssize_t length = readlink(to, link, sizeof link - 1);
        if (length < 0)
            return;
        link[length] = '\0';
        const size_t at = link[0] == '/' ? 0 : name_in(to);
        snprintf(to + at, PATH_MAX - at, "%s", link);
    }
}

bool same_file(const char *a, const char *b)
{
    char path_a[PATH_MAX], path_b[PATH_MAX];
    if (strcmp(a, b) == 0 || same_inode(a, b))
        return true;
    follow(a, path_a);
    follow(b, path_b);
    const size_t name_a = name_in(path_a), name_b = name_in(path_b);
    if (strcmp(path_a + name_a, path_b + name_b) != 0)
        return false;
    path_a[name_a] = path_b[name_b] = '\0';
    return same_inode(name_a ? path_a : ".", name_b ? path_b : ".");
}
