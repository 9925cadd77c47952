/* The text of `clstep train --help`. The options themselves are options.c's. */
#include "cli/train/help.h"

#include "cli/rule_options.h"
#include "cli/train/dataset.h"

static const char help[] =
    "usage: clstep train [OPTION...]\n"
    "\n"
    "Trains a small neural network on Fashion-MNIST, on an OpenCL device. The network\n"
    "is a multi-layer perceptron. On one device, the same seed gives the same\n"
    "weights, bit for bit.\n"
    "\n"
    "Data, network and device:\n"
    "  --data DIR         the folder with the four files of the images\n"
    "                     (default " DATASET_DEFAULT_FOLDER ")\n"
    "  --hidden N[,N...]  sizes of up to 8 hidden layers (default 256,128)\n"
    "  --batch N          images in a step (default 128)\n"
    "  --epochs N         passes over the images (default 10)\n"
    "  --seed N           chooses the first weights and the order of the images\n"
    "                     (default 1)\n"
    "  --device D         index, or part of the name; see `clstep devices`\n"
    "\n"
    "The rule (default: the preset hinton). Weight decay leaves biases alone.\n" RULE_OPTIONS_HELP
    "  --state-dtype T    how the state is stored: fp32 (default), bf16 or 8bit\n"
    "\n"
    "How the learning rate changes:\n"
    "  --schedule KIND    constant, step, exponential, cosine (default) or one-cycle\n"
    "  --warmup STEPS     the rate rises linearly over the first steps\n"
    "  --gamma X          step, exponential: the factor of a period (default 0.5)\n"
    "  --period STEPS     step, exponential: steps of a period (default: an epoch)\n"
    "  --final-lr X       cosine: the rate of the last step (default 0)\n"
    "\n"
    "Files. Ctrl-C ends the training; finished epochs are kept in all of them:\n"
    "  --save FILE        weights, state and options (safetensors), after each epoch.\n"
    "                     `clstep apply` and `clstep convert` read it, too\n"
    "  --resume FILE      goes on from a file of --save, with the bits of a run that\n"
    "                     never stopped. With it go --data, --device, --save, --csv,\n"
    "                     --plot, and --epochs for more epochs in all\n"
    "  --csv FILE         the learning curve as a table\n"
    "  --plot FILE        the learning curve as a picture, .svg or .png (by gnuplot)\n"
    "\n"
    "Several rules:\n"
    "  --compare          trains by SGD, AdaGrad, RMSprop and Adam, 5 epochs each,\n"
    "                     with the same images in the same order. Each rule has the\n"
    "                     learning rate that --sweep found best for it\n"
    "  --sweep            trains by each rule with each rate of a grid, 2 epochs\n"
    "                     each, with seed 2, and prints the losses\n"
    "                     Both keep the rate constant unless --schedule is given\n"
    "\n"
    "  --help\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

void train_help(void)
{
    rule_options_help(help);
}
