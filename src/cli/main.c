/* The program: finds the command that is named and runs it. Everything else is the commands' own.
 */
#include "cli/apply/apply.h"
#include "cli/bench/bench.h"
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
    {"devices", command_devices, "the OpenCL devices, what each can do, which one is chosen"},
    {"presets", command_presets, "the presets with formula and defaults"},
    {"train", command_train, "train a network on Fashion-MNIST with any rule"},
    {"apply", command_apply, "one step over parameters in a file, by gradients in another"},
    {"convert", command_convert, "a state from one framework's form into another's"},
    {"selftest", command_selftest, "every preset against a scalar reference, on your device"},
    {"bench", command_bench, "speed of the update against the memory's"},
    {"tune", command_tune, "find and keep the fastest launch parameters of a device"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int help(FILE *to)
{
    fputs("clstep: the optimizer step of neural-network training on OpenCL devices\n\n"
          "usage: clstep COMMAND [OPTION...]\n\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].does);
    fputs(
        "\n\"clstep COMMAND --help\" tells a command's options. --device D, or the environment's\n"
        "CLSTEP_DEVICE, takes a device's index or a part of its name. Exit codes: 0 done,\n"
        "1 failed, 2 wrong usage.\n",
        to);
    return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    static const char *const asks[] = {"--help", "-h", "help"};
    if (argc < 2)
        return help(stderr);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        if (strcmp(argv[1], asks[i]) == 0)
            return help(stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("clstep %s\n", clstep_version_text());
        return EXIT_OK;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    return complain(EXIT_USAGE, "there is no command \"%s\"; \"clstep --help\" lists them",
                    argv[1]);
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

/* What was printed may not have arrived. */
static int finish(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    complain(EXIT_FAILED, "cannot write to standard output%s%s", errno ? ": " : "",
             errno ? strerror(errno) : "");
    return code == EXIT_OK ? EXIT_FAILED : code;
}

/* A file that grows past the process's limit is an error to be told, with every temporary file
 * removed; the signal would end the program in the middle. */
int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN);
    fill_descriptors();
    return finish(run(argc, argv));
}
