/* `clstep train`: trains a network on Fashion-MNIST. */
#ifndef CLSTEP_CLI_TRAIN_TRAIN_H
#define CLSTEP_CLI_TRAIN_TRAIN_H

/* Takes its own name as argv[0] and returns an exit code. */
int command_train(int argc, char **argv);

#endif
