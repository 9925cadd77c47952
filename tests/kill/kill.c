/* Preloaded into the program (LD_PRELOAD): kills it before call number CLSTEP_KILL_AT, counted from
 * 1, of the calls that flush, rename or remove files. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void count_call(void)
{
    static unsigned long made;
    const char *at = getenv("CLSTEP_KILL_AT");
    if (at && __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST) == strtoul(at, NULL, 10))
        kill(getpid(), SIGKILL);
}

#define KILL_BEFORE(name, parameters, arguments)                                                   \
    int name parameters                                                                            \
    {                                                                                              \
        int(*next) parameters;                                                                     \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                 \
        count_call();                                                                              \
        return next arguments;                                                                     \
    }

KILL_BEFORE(fsync, (int file), (file))
KILL_BEFORE(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
KILL_BEFORE(unlink, (const char *path), (path))
KILL_BEFORE(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
