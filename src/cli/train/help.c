#include "cli/rule_options.h"
#include "cli/train/dataset.h"
#include "cli/train/options.h"

#include <stdio.h>

static const char help[] =
    "usage: clstep train [options]\n"
    "\n"
    "Trains a multi-layer perceptron (ReLU, softmax, cross-entropy) on Fashion-MNIST, wholly on "
    "an\n"
    "OpenCL device. The same seed gives the same weights, bit for bit, on one device.\n"
    "\n"
    "data, network and device\n"
    "  --data DIR         folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; images of "
    "any\n"
    "                     one size, labels 0 to 9 (default " DATASET_DEFAULT_FOLDER ")\n"
    "  --hidden N[,N...]  sizes of up to 8 hidden layers (default 256,128)\n"
    "  --batch N          images a step (default 128)\n"
    "  --epochs N         passes over the images (default 10; --compare 5, --sweep 2)\n"
    "  --seed N           first weights and order of the images (default 1; --sweep 2)\n"
    "  --device D         index or part of the name, see `clstep devices`\n"
    "\n"
    "rule\n" RULE_OPTIONS_HELP
    "                     (default: the preset hinton; biases are not decayed)\n"
    "  --state-dtype T    how the rule's state is kept: fp32 (default), bf16 or 8bit\n"
    "\n"
    "learning-rate schedule\n"
    "  --schedule KIND    constant, step, exponential, cosine or one-cycle (default cosine; with\n"
    "                     --compare and --sweep constant)\n"
    "  --warmup STEPS     linear rise over the first steps\n"
    "  --gamma X          step, exponential: factor per period (default 0.5)\n"
    "  --period STEPS     step, exponential: (default: an epoch)\n"
    "  --final-lr X       cosine: the end (default 0)\n"
    "\n"
    "output\n"
    "  --csv FILE         the learning curve as a table\n"
    "  --plot FILE        the learning curve as a picture, .svg or .png; needs gnuplot\n"
    "  --compare          trains by SGD, AdaGrad, RMSprop and Adam from the same weights with the\n"
    "                     same order of images, each with the lr that a sweep found\n"
    "  --sweep            that sweep: each rule with each lr of a grid; writes no files\n"
    "  --help\n"
    "\n"
    "exit codes: 0 ok, 1 failed, 2 wrong usage\n";

void train_options_help(void)
{
    fputs(help, stdout);
}
