/* The program: finds the command that is named and runs it. The commands do everything else. */
#include "cli/apply/apply.h"
#include "cli/bench/bench.h"
#include "cli/closest.h"
#include "cli/command.h"
#include "cli/convert/convert.h"
#include "cli/devices/devices.h"
#include "cli/presets/presets.h"
#include "cli/selftest/selftest.h"
#include "cli/train/train.h"
#include "cli/tune/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *does;
} commands[] = {
    {"devices", command_devices, "list the OpenCL devices and what each can do"},
    {"presets", command_presets, "list the presets, or show one's formula and defaults"},
    {"train", command_train, "train a network on Fashion-MNIST with any rule"},
    {"apply", command_apply, "update parameters in a file with gradients from another"},
    {"convert", command_convert, "translate a saved state from one framework to another"},
    {"selftest", command_selftest, "check every preset against a reference, on your device"},
    {"bench", command_bench, "compare the speed of updates with that of the memory"},
    {"tune", command_tune, "find the fastest launch parameters of a device and keep them"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help(FILE *to)
{
    fputs("clstep: the optimizer step of neural-network training on OpenCL devices\n\n"
          "usage: clstep COMMAND [OPTION...]\n\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].does);
    fputs("\nclstep help COMMAND, or clstep COMMAND --help, lists a command's options.\n"
          "clstep --version prints the version.\n\n"
          "--device D takes a device's index or a part of its name; a number is always an\n"
          "index. The environment variable CLSTEP_DEVICE does the same for all commands.\n"
          "Counts may end in K, M or G for powers of 1024.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage.\n",
          to);
    return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc, argv);
    }
    closest search = closest_to(argv[0]);
    for (size_t i = 0; i < COMMANDS; i++)
        closest_try(&search, commands[i].name);
    return complain(EXIT_USAGE, "there is no command \"%s\"%s; clstep --help lists them", argv[0],
                    closest_text(&search, ""));
}

/* `words` are what follows "help". */
static int help_with(int count, char **words)
{
    if (count == 0 || strcmp(words[0], "--help") == 0)
        return help(stdout);
    if (count > 1)
        return complain(EXIT_USAGE, "clstep help takes one command, not also \"%s\"", words[1]);
    char *arguments[] = {words[0], (char[]){"--help"}, NULL};
    return run_command(2, arguments);
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return help(stdout);
    if (strcmp(first, "help") == 0)
        return help_with(argc - 2, argv + 2);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        printf("clstep %s\n", clstep_version_text());
        return EXIT_OK;
    }
    return run_command(argc - 1, argv + 1);
}

/* Descriptors 0 to 2 may be closed; a file or a driver's handle in their place would get what is
 * printed. Writing to a closed standard output keeps failing. */
static void fill_descriptors(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", i == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0)
            return;
    }
}

/* Reports if what was printed could not be written. */
static int finish(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    complain(EXIT_FAILED, "cannot write to standard output%s%s", errno ? ": " : "",
             errno ? strerror(errno) : "");
    return code == EXIT_OK ? EXIT_FAILED : code;
}

/* SIGXFSZ is ignored: writing past the limit of a file's size then is an error, which the program
 * reports after it has removed its temporary file. */
int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN);
    fill_descriptors();
    return finish(run(argc, argv));
}
