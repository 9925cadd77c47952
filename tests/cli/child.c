/* Starts the program, waits for it, and collects what it wrote. What it should have written, the
 * tests know. */
#include "child.h"

#include <check.h>
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct words {
    char text[CHILD_ARGUMENTS][512];
    char *list[CHILD_ARGUMENTS + 1];
    size_t count;
} words;

static void add_word(words *all, const char *folder, const char *from, size_t length)
{
    ck_assert_uint_lt(all->count, CHILD_ARGUMENTS);
    char *word = all->text[all->count];
    size_t size = sizeof all->text[0];
    int written = from[0] == '@' ? snprintf(word, size, "%s%.*s", folder, (int)length - 1, from + 1)
                                 : snprintf(word, size, "%.*s", (int)length, from);
    ck_assert_int_lt(written, (int)size);
    all->list[all->count++] = word;
}

static void cut(words *all, const char *folder, const char *line)
{
    const char *program = getenv("CLSTEP_PROGRAM");
    all->count = 0;
    if (!program)
        program = "build/clstep";
    add_word(all, folder, program, strlen(program));
    while (*(line += strspn(line, " "))) {
        size_t length = strcspn(line, " ");
        add_word(all, folder, line, length);
        line += length;
    }
    all->list[all->count] = NULL;
}

/* A slow machine says that it compiles kernels; how fast this one is, is not tested. */
static void remove_compiling(char *text)
{
    char *line = strstr(text, "clstep: compiling kernels ");
    if (!line)
        return;
    char *next = line + strcspn(line, "\n");
    next += *next == '\n';
    memmove(line, next, strlen(next) + 1);
}

/* Whoever reads a message has given options, and knows nothing of the library's interface. */
static void check_language(const char *said)
{
    static const char *const names[] = {"->", "_dtype", "NULL", "clstep_"};
    static const char *const structs[] = {"options.", "launch.", "rule."}; /* or a sentence's end */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(!strstr(said, names[i]), "speaks of %s: %s", names[i], said);
    for (size_t i = 0; i < sizeof structs / sizeof *structs; i++) {
        const char *at = strstr(said, structs[i]);
        ck_assert_msg(!at || !islower((unsigned char)at[strlen(structs[i])]), "speaks of %s: %s",
                      structs[i], said);
    }
}

/* A file, not a pipe: the child can never be stopped by a full one. */
static FILE *capture(void)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    return file;
}

static void take_text(FILE *file, char *text)
{
    rewind(file);
    text[fread(text, 1, CHILD_TEXT - 1, file)] = '\0';
    fclose(file);
}

static void become(const words *all, const child_setup *setup, const child *result)
{
    int nothing = open("/dev/null", O_RDONLY);
    int output = setup->output ? open(setup->output, O_WRONLY) : fileno(result->out_file);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(fileno(result->err_file), STDERR_FILENO);
    int unread[2];
    if (setup->unread && pipe(unread) == 0)
        dup2(unread[1], STDERR_FILENO); /* the other end is closed below */
    for (int i = 0; i <= STDERR_FILENO; i++)
        if (setup->closed >> i & 1)
            close(i);
    for (int i = STDERR_FILENO + 1; i < 64; i++)
        close(i);
    /* Ignored ones would stay ignored; shells ignore SIGINT for what runs in the background. */
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (setup->limited)
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
    if (setup->kill_at) {
        char number[16];
        const char *killer = getenv("CLSTEP_KILL");
        snprintf(number, sizeof number, "%d", setup->kill_at);
        setenv("CLSTEP_KILL_AT", number, 1);
        setenv("LD_PRELOAD", killer ? killer : "build/tests/kill.so", 1);
    }
    if (setup->path)
        setenv("PATH", setup->path, 1);
    execv(all->list[0], all->list);
    _exit(126);
}

void child_start(child *result, const child_setup *setup, const char *line)
{
    words all;
    cut(&all, setup->folder, line);
    result->out_file = capture();
    result->err_file = capture();
    result->pid = fork();
    ck_assert_int_ge(result->pid, 0);
    if (result->pid == 0)
        become(&all, setup, result);
}

void child_wait(child *result)
{
    int status;
    ck_assert_int_eq(waitpid(result->pid, &status, 0), result->pid);
    result->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->ending = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    take_text(result->out_file, result->out);
    take_text(result->err_file, result->err);
    remove_compiling(result->err);
    check_language(result->err);
    ck_assert_msg(result->code != 126, "cannot run the program");
}

void child_run_as(child *result, const child_setup *setup, const char *line)
{
    child_start(result, setup, line);
    child_wait(result);
}

void child_run(child *result, const char *folder, const char *path, const char *line)
{
    child_run_as(result, &(child_setup){.folder = folder, .path = path}, line);
}

void child_run_well(child *result, const char *folder, const char *line)
{
    child_run(result, folder, NULL, line);
    ck_assert_msg(result->code == 0, "%s: exit code %d, %s", line, result->code, result->err);
    ck_assert_str_eq(result->err, "");
}
