#include "cli/bench_options.h"

#include <stdio.h>

static const char help[] =
    "usage: clstep bench [options]\n"
    "\n"
    "Measures updates against the memory-bound limit: the fastest of five kernels with the same\n"
    "reads and writes and no arithmetic, in turn with the update, round by round.\n"
    "\n"
    "what is updated\n"
    "  --elements N[,...] one tensor of so many elements; K, M and G are powers of 1024 (default\n"
    "                     64M; few ones measure caches and launches, not memory)\n"
    "  --model NAME[,...] flat, resnet50, gpt2, efficientnet-b0, dqn, 10000x4096, 40000x256, all\n"
    "                     of them, or TENSORSxELEMENTS; see --models\n"
    "  --own-buffers      every tensor in buffers of its own, not all in one\n"
    "  --formats F        fp32 (default); bf16: parameters, gradients and state; 8bit: the state "
    "in\n"
    "                     8 bits beside these; or all\n"
    "\n"
    "rule\n" RULE_OPTIONS_HELP
    "                     (default: RMSprop plain, with momentum, centred and both, SGD, AdaGrad\n"
    "                     and Adam)\n"
    "\n"
    "how\n"
    "  --peers            plain RMSprop also as it is put together from CLBlast's calls and a\n"
    "                     small kernel, on flat models\n"
    "  --repeats N        timed rounds (default: about a second of them, from 11 to 201)\n"
    "  --vector-width N  --work-group N  --chunk N  --aligned N\n"
    "                     launch parameters in place of the device's own; --aligned 1 takes\n"
    "                     aligned vectors where offsets allow, 2 unaligned ones everywhere\n"
    "  --emulate          fp32 by integer operations, one element at a time\n"
    "  --device D         index or part of the name, see `clstep devices`\n"
    "\n"
    "output\n"
    "  --json             one JSON object a line for each row\n"
    "  --csv FILE         all rows as a table\n"
    "  --plot FILE        a picture of them, .svg or .png; needs gnuplot\n"
    "\n"
    "instead of rows\n"
    "  --host             what a step costs the host, beside one bare launch\n"
    "  --start            the time from an engine's creation to the end of its first step in this\n"
    "                     process; scripts/bench-start does it with the driver's cache cold and "
    "warm\n"
    "  --models           what the models are\n"
    "  --help\n"
    "\n"
    "share: limit's time / update's time in one round; against it: the time of one flat tensor of\n"
    "as many elements, or of the fused update, to this one's; medians. host: the call alone.\n"
    "first, again: from an engine's creation to the end of its first step, with the driver's "
    "cache\n"
    "as it was and filled.\n"
    "exit codes: 0 ok, 1 failed, 2 wrong usage\n";

void bench_options_help(void)
{
    fputs(help, stdout);
}
