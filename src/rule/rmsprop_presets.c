/*
 * RMSprop's presets, with the defaults and formulas of the named sources. Fields that a preset does
 * not set are 0. Two presets with the same rounding profile differ in switches and numbers only.
 */
#include "rule/rmsprop_presets.h"

/* What most presets have in common. */
#define RMSPROP(rounds)                                                                            \
    .rounding = CLSTEP_ROUNDING_##rounds, .decay = CLSTEP_DECAY_L2,                                \
    .variance = CLSTEP_VARIANCE_DIFFERENCE

/* Keras 3 on any backend. */
#define KERAS3(rounds)                                                                             \
    .rounding = CLSTEP_ROUNDING_##rounds, .decay = CLSTEP_DECAY_DECOUPLED,                         \
    .variance = CLSTEP_VARIANCE_DIFFERENCE, .lr = 1e-3, .rho = 0.9, .eps = 1e-7,                   \
    .eps_inside_sqrt = 1, .lr_in_momentum = 1

const clstep__preset clstep__rmsprop_presets[CLSTEP__RMSPROP_PRESETS] = {
    {{"hinton", "G. Hinton, Neural Networks for Machine Learning, lecture 6e (2012)",
      "v = rho v + (1-rho) g^2;  p -= lr g / sqrt(v + eps)",
      "from source: the lecture's formula, nothing to run"},
     {.rounding = CLSTEP_ROUNDING_OWN,
      .decay = CLSTEP_DECAY_L2,
      .variance = CLSTEP_VARIANCE_RECURSION,
      .lr = 1e-3,
      .rho = 0.9,
      .eps = 1e-8,
      .eps_inside_sqrt = 1}},
    {{"torch", "PyTorch, torch.optim.RMSprop on the CPU",
      "v = rho v + (1-rho) g^2;  b = momentum b + g / (sqrt(v) + eps);  p -= lr b",
      CLSTEP__CHECKED("PyTorch 2.6.0 on the CPU")},
     {RMSPROP(TORCH), .lr = 1e-2, .rho = 0.99, .eps = 1e-8}},
    {{"keras", "Keras 3, keras.optimizers.RMSprop",
      "v = rho v + (1-rho) g^2;  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__FLUSHING("Keras 3.15.1 on JAX 0.6.2 and on TensorFlow 2.21.0, op by op")},
     {KERAS3(KERAS)}},
    {{"keras-torch", "Keras 3, keras.optimizers.RMSprop on its PyTorch backend, on the CPU",
      "v = rho v + (1-rho) g^2;  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__CHECKED("Keras 3.15.1 on PyTorch 2.6.0 on the CPU")},
     {KERAS3(KERAS_TORCH)}},
    {{"tf1", "TensorFlow 1, tf.train.RMSPropOptimizer",
      "v += (g^2 - v) (1-rho), v starts at 1;  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__FLUSHING("TensorFlow 2.21.0 on the CPU")},
     {RMSPROP(TF1), .lr = 1e-3, .rho = 0.9, .eps = 1e-10, .initial_square_avg = 1,
      .eps_inside_sqrt = 1, .lr_in_momentum = 1}},
    {{"tf", "TensorFlow's dense op ApplyRMSProp, as tf.keras 2 with momentum calls it",
      "v += (g^2 - v) (1-rho);  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__FLUSHING("TensorFlow 2.21.0 on the CPU")},
     {RMSPROP(TF1), .lr = 1e-3, .rho = 0.9, .eps = 1e-7, .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"optax", "optax.rmsprop",
      "v = (1-rho) g^2 + rho v;  b = lr g / sqrt(v + eps) + momentum b;  p -= b",
      CLSTEP__FLUSHING("optax 0.2.8 on JAX 0.6.2, op by op")},
     {RMSPROP(OPTAX), .lr = 1e-3, .rho = 0.9, .eps = 1e-8, .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"timm", "timm.optim.RMSpropTF",
      "v += (g^2 - v) (1-rho), v starts at 1;  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__CHECKED("timm 1.0.31 on PyTorch 2.6.0 on the CPU")},
     {RMSPROP(TIMM), .lr = 1e-2, .rho = 0.9, .eps = 1e-10, .initial_square_avg = 1,
      .eps_inside_sqrt = 1, .lr_in_momentum = 1}},
    {{"sb3", "Stable-Baselines3, RMSpropTFLike on the CPU",
      "v = rho v + (1-rho) g^2, v starts at 1;  b = momentum b + g / sqrt(v + eps);  p -= lr b",
      CLSTEP__CHECKED("Stable-Baselines3 2.9.2 on PyTorch 2.6.0 on the CPU")},
     {RMSPROP(SB3), .lr = 1e-2, .rho = 0.99, .eps = 1e-8, .initial_square_avg = 1,
      .eps_inside_sqrt = 1}},
    {{"paddle", "PaddlePaddle, paddle.optimizer.RMSProp on the CPU",
      "v = rho v + (1-rho) g^2;  b = momentum b + lr g / sqrt(v + eps);  p -= b",
      CLSTEP__CHECKED("Paddle 3.3.1 on the CPU, with every tensor cut into pieces of 7 elements, "
                      "fewer than its vectors have")},
     {RMSPROP(PADDLE), .lr = 1e-3, .rho = 0.95, .eps = 1e-6, .eps_inside_sqrt = 1,
      .lr_in_momentum = 1}},
    {{"mlx", "MLX, mlx.optimizers.RMSprop on the CPU (no momentum, centring or decay there)",
      "v = rho v + (1-rho) g^2;  p -= lr g / (sqrt(v) + eps)",
      CLSTEP__CHECKED("MLX 0.32.4 on the CPU")},
     {RMSPROP(MLX), .lr = 1e-3, .rho = 0.99, .eps = 1e-8}},
    {{"bitsandbytes32", "bitsandbytes, RMSprop with 32-bit state on the CPU (no momentum there)",
      "v = rho v + (1-rho) g^2;  p -= lr g / (sqrt(v) + eps)",
      CLSTEP__CHECKED("bitsandbytes 0.50.2 on PyTorch 2.6.0 on the CPU")},
     {RMSPROP(BNB), .lr = 1e-2, .rho = 0.99, .eps = 1e-8}},
    {{"mxnet", "MXNet 2, rmsprop_update on the CPU (no momentum there)",
      "v = (1-rho) g^2 + rho v;  p -= lr g / (sqrt(v) + eps)",
      CLSTEP__FLUSHING("MXNet 2.0.0b1 on the CPU")},
     {RMSPROP(MXNET), .lr = 1e-3, .rho = 0.9, .eps = 1e-8}},
    {{"mxnet-alex", "MXNet 2, rmspropalex_update (RMSProp with centered) on the CPU",
      "v = (1-rho) g^2 + rho v;  m = (1-rho) g + rho m;  "
      "b = momentum b + lr g / sqrt(v - m^2 + eps);  p -= b",
      CLSTEP__FLUSHING("MXNet 2.0.0b1 on the CPU")},
     {RMSPROP(MXNET), .lr = 1e-3, .rho = 0.9, .eps = 1e-8, .momentum = 0.9, .centered = 1,
      .eps_inside_sqrt = 1, .lr_in_momentum = 1}},
    {{"chainer", "Chainer, RMSprop on the CPU (no momentum there)",
      "v = rho v + (1-rho) g^2;  p -= lr g / (sqrt(v) + eps)",
      CLSTEP__CHECKED("Chainer 7.8.1 on NumPy 1.23.5")},
     {RMSPROP(CHAINER), .lr = 1e-2, .rho = 0.99, .eps = 1e-8}},
    {{"graves", "A. Graves, arXiv:1308.0850, as Chainer's RMSpropGraves on the CPU",
      "v = rho v + (1-rho) g^2;  m = rho m + (1-rho) g;  "
      "b = momentum b + lr g / sqrt(v - m^2 + eps);  p -= b",
      CLSTEP__CHECKED("Chainer 7.8.1 on NumPy 1.23.5")},
     {RMSPROP(CHAINER), .lr = 1e-4, .rho = 0.95, .eps = 1e-4, .momentum = 0.9, .centered = 1,
      .eps_inside_sqrt = 1, .lr_in_momentum = 1}},
    {{"dqn", "DeepMind's DQN (Lua, 2015), NeuralQLearner",
      "v = rho v + (1-rho) g^2;  m = rho m + (1-rho) g;  p -= lr g / sqrt(v - m^2 + eps)",
      CLSTEP__SOURCE},
     {RMSPROP(MLX), .lr = 2.5e-4, .rho = 0.95, .eps = 1e-2, .centered = 1, .eps_inside_sqrt = 1}},
    {{"caffe", "Caffe, RMSPropSolver on the CPU (no momentum there)",
      "v = rho v + (1-rho) g^2;  p -= lr (g / (sqrt(v) + eps))", CLSTEP__SOURCE},
     {RMSPROP(CAFFE), .lr = 1e-3, .rho = 0.99, .eps = 1e-8}},
    {{"nnabla", "NNabla, RMSprop on the CPU (no momentum there)",
      "v = rho v + g^2 (1-rho);  p -= lr / (sqrt(v) + eps) g",
      CLSTEP__CHECKED("NNabla 1.36.0 on the CPU")},
     {RMSPROP(NNABLA), .lr = 1e-3, .rho = 0.9, .eps = 1e-8}},
    {{"optimisers.jl", "Optimisers.jl (Flux), RMSProp on the CPU (no momentum there)",
      "v = rho v + (1-rho) g^2;  p -= g lr / (sqrt(v) + eps)", CLSTEP__SOURCE},
     {RMSPROP(MXNET), .lr = 1e-3, .rho = 0.9, .eps = 1e-8}},
};
