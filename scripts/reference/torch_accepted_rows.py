"""Numbers at the edge of what PyTorch's optimizers accept, on the CPU."""

import sys

import torch

from torch_rows import adagrad, adam, rmsprop, sgd
from torch_run import about_torch
from write import Framework

SLIGHTLY_BELOW_1 = 1 - 1e-11  # 1 in fp32


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-accepted", about_torch())
    rmsprop(file, "no-eps", lr=0.01, eps=0.0)
    rmsprop(file, "no-eps-all", lr=0.01, eps=0.0, momentum=0.9, centered=1, weight_decay=0.01)
    rmsprop(file, "tiny-eps", lr=0.01, eps=1e-42)
    rmsprop(file, "rho-one", lr=1e-9, rho=1.0)
    rmsprop(file, "rho-nearly-one", lr=1e-6, rho=SLIGHTLY_BELOW_1, momentum=0.5)
    rmsprop(file, "rho-above-one", lr=0.01, rho=1.5)
    rmsprop(file, "momentum-one", lr=0.01, momentum=1.0)
    rmsprop(file, "momentum-above-one", lr=0.01, momentum=1.25, centered=1)
    sgd(file, "sgd-momentum-above-one", lr=0.01, momentum=1.25, dampening=0.5)
    sgd(file, "sgd-dampening-above-one", lr=0.01, momentum=0.9, dampening=1.5)
    sgd(file, "sgd-dampening-negative", lr=0.01, momentum=0.9, dampening=-0.5)
    sgd(file, "sgd-dampening-alone", lr=0.01, dampening=0.5)
    adagrad(file, "adagrad-no-eps", lr=0.01, eps=0.0)
    adam(file, "adam-no-eps", "adam", lr=0.001, eps=0.0)
    adam(file, "adamw-no-eps", "adamw", lr=0.001, eps=0.0)
    adam(file, "adam-betas-nearly-one", "adam", lr=0.001, beta1=SLIGHTLY_BELOW_1,
         beta2=SLIGHTLY_BELOW_1)
    adam(file, "adam-betas-zero", "adam", lr=0.001, beta1=0.0, beta2=0.0)
    rmsprop(file, "tiny-decay", lr=0.01, rho=1.5, momentum=1.25, weight_decay=1e-46)
    sgd(file, "sgd-tiny-decay", lr=1e36, momentum=2.0, weight_decay=1e-46)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
