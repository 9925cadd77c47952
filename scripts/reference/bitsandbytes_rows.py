"""bitsandbytes' 32-bit RMSprop on the CPU: its CPU backend is made of PyTorch's operations."""

import sys

import torch
import bitsandbytes

from packages import version
from torch_run import about_torch, train
from write import Framework


def row(file, name, **fields):
    options = {
        "lr": fields.get("lr", 1e-2),
        "alpha": fields.get("rho", 0.99),
        "eps": fields.get("eps", 1e-8),
        "weight_decay": fields.get("weight_decay", 0),
        "optim_bits": 32,
    }
    run = train(lambda tensors: bitsandbytes.optim.RMSprop(tensors, **options),
                {"square_avg": "state1"})
    file.row(name, run, "bitsandbytes32", how="RMSprop, optim_bits=32", **fields)


def main(folder):
    torch.set_num_threads(1)
    name = f"bitsandbytes {version('bitsandbytes')}"
    file = Framework("bitsandbytes", f"{name} on {about_torch()}")
    row(file, "plain", lr=0.01)
    row(file, "decay", lr=0.01, weight_decay=0.01)
    row(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, weight_decay=0.05)
    row(file, "rho-below-half", lr=0.01, rho=0.3)
    file.write(folder)


main(sys.argv[1])
