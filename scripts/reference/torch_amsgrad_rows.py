"""PyTorch's Adam and AdamW with amsgrad on the CPU."""

import sys

import torch

from torch_rows import adam
from torch_run import about_torch
from write import Framework


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-amsgrad", about_torch())
    adam(file, "amsgrad", "adam", lr=0.001, amsgrad=1)
    adam(file, "amsgrad-decay", "adam", lr=0.001, weight_decay=0.01, amsgrad=1)
    adam(file, "amsgrad-numbers", "adam", lr=0.02, beta1=0.4, beta2=0.7, eps=1e-5, amsgrad=1)
    adam(file, "amsgrad-no-eps", "adam", lr=0.001, eps=0.0, amsgrad=1)
    adam(file, "amsgrad-adamw", "adamw", lr=0.001, weight_decay=0.01, amsgrad=1)
    adam(file, "amsgrad-adamw-all", "adamw", lr=0.02, beta1=0.8, beta2=0.9, eps=1e-5,
         weight_decay=0.1, maximize=1, amsgrad=1)
    adam(file, "amsgrad-foreach", "adam", foreach=True, lr=0.001, beta2=0.7, amsgrad=1)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
