/* Counts the tensors of published networks, layer by layer. */
#include "cli/bench/networks.h"

#include <stdlib.h>

void bench_counts_add(bench_counts *counts, size_t elements)
{
    if (counts->count == counts->room) {
        const size_t room = counts->room ? 2 * counts->room : 256;
        size_t *grown = realloc(counts->of, room * sizeof *grown);
        if (!grown) {
            counts->failed = true;
            return;
        }
        counts->of = grown;
        counts->room = room;
    }
    counts->of[counts->count++] = elements;
}

/* ---- layers -------------------------------------------------------------------------------- */

/* Two tensors of `width`: weight and bias of a norm. */
static void norm(bench_counts *counts, size_t width)
{
    bench_counts_add(counts, width);
    bench_counts_add(counts, width);
}

/* A convolution of `side` x `side` without bias, and its norm. */
static void convolution(bench_counts *counts, size_t in, size_t out, size_t side)
{
    bench_counts_add(counts, out * in * side * side);
    norm(counts, out);
}

/* Weight and bias. */
static void dense(bench_counts *counts, size_t in, size_t out)
{
    bench_counts_add(counts, in * out);
    bench_counts_add(counts, out);
}

/* ---- networks ------------------------------------------------------------------------------ */

void bench_resnet50(bench_counts *counts)
{
    static const size_t blocks[] = {3, 4, 6, 3};
    size_t in = 64, width = 64;
    convolution(counts, 3, in, 7);
    for (size_t stage = 0; stage < 4; stage++, width *= 2) {
        for (size_t block = 0; block < blocks[stage]; block++, in = 4 * width) {
            convolution(counts, in, width, 1);
            convolution(counts, width, width, 3);
            convolution(counts, width, 4 * width, 1);
            if (block == 0)
                convolution(counts, in, 4 * width, 1);
        }
    }
    dense(counts, in, 1000);
}

/* Widen, filter each channel by itself, squeeze and excite, narrow. */
static void inverted_residual(bench_counts *counts, size_t in, size_t out, size_t widening,
                              size_t side)
{
    const size_t wide = widening * in, squeezed = in / 4;
    if (widening > 1)
        convolution(counts, in, wide, 1);
    convolution(counts, 1, wide, side);
    dense(counts, wide, squeezed);
    dense(counts, squeezed, wide);
    convolution(counts, wide, out, 1);
}

void bench_efficientnet_b0(bench_counts *counts)
{
    static const struct {
        size_t widening, side, out, layers;
    } stages[] = {{1, 3, 16, 1},  {6, 3, 24, 2},  {6, 5, 40, 2}, {6, 3, 80, 3},
                  {6, 5, 112, 3}, {6, 5, 192, 4}, {6, 3, 320, 1}};
    size_t in = 32;
    convolution(counts, 3, in, 3);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        for (size_t layer = 0; layer < stages[i].layers; layer++, in = stages[i].out)
            inverted_residual(counts, in, stages[i].out, stages[i].widening, stages[i].side);
    }
    convolution(counts, in, 1280, 1);
    dense(counts, 1280, 1000);
}

void bench_gpt2(bench_counts *counts)
{
    const size_t words = 50257, places = 1024, width = 768, blocks = 12;
    bench_counts_add(counts, words * width);
    bench_counts_add(counts, places * width);
    for (size_t block = 0; block < blocks; block++) {
        norm(counts, width);
        dense(counts, width, 3 * width); /* query, key and value */
        dense(counts, width, width);
        norm(counts, width);
        dense(counts, width, 4 * width);
        dense(counts, 4 * width, width);
    }
    norm(counts, width);
}

void bench_dqn(bench_counts *counts)
{
    dense(counts, 4 * 8 * 8, 32); /* a convolution with bias has as many as a dense layer */
    dense(counts, 32 * 4 * 4, 64);
    dense(counts, 64 * 3 * 3, 64);
    dense(counts, 64 * 7 * 7, 512);
    dense(counts, 512, 18);
}
