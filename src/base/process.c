/* Detects a forked child without a system call. */
#define _DEFAULT_SOURCE /* madvise() */
#include "base/process.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(MADV_WIPEONFORK) && defined(MAP_ANONYMOUS)
static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static unsigned char *make_mark(void)
{
    const size_t size = page_size();
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    /* Linux before 4.14 refuses it. qemu's user mode accepts any advice, even -1, and does nothing:
     * do not trust that. */
    if (madvise(page, size, -1) == 0 || madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        return NULL;
    }
    *(unsigned char *)page = 1;
    return page;
}

static void drop_mark(volatile unsigned char *mark)
{
    if (mark)
        munmap((void *)mark, page_size());
}
#else
static unsigned char *make_mark(void)
{
    return NULL;
}

static void drop_mark(volatile unsigned char *mark)
{
    (void)mark;
}
#endif

void clstep__process_enter(clstep__process *process)
{
    process->id = getpid();
    process->mark = make_mark();
}

bool clstep__process_is_ours(const clstep__process *process)
{
    return process->mark ? *process->mark != 0 : process->id == getpid();
}

void clstep__process_leave(clstep__process *process)
{
    drop_mark(process->mark);
    process->mark = NULL;
}
