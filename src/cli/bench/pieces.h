/* Equal pages for what is compared in different buffers. */
#ifndef CLSTEP_CLI_BENCH_PIECES_H
#define CLSTEP_CLI_BENCH_PIECES_H

#include "cli/command.h"

/*
 * Takes `bytes` of the host's memory until free(), where the device computes in that. What is made
 * first gets the small pieces that others have left, in which a core has more addresses to look up,
 * and what is made later the large ones: 64M elements in bf16 came to 1.90 times fp32's elements a
 * second where bf16's buffers were made first, to 1.96 where fp32's were; with the small pieces
 * held meanwhile to 1.93 and 1.96 (medians of eight and three runs; two cores of a Zen 4, PoCL 3.1;
 * with pages of 2 MiB the order makes no difference). NULL where that is more than a quarter of the
 * device's memory or a third of what is free, since the buffers take as much, or where the device
 * has memory of its own.
 */
void *bench_pieces_hold(const workplace *place, double bytes);

#endif
