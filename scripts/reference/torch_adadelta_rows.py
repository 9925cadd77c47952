"""PyTorch's Adadelta on the CPU."""

import sys

import torch

from torch_run import about_torch, train
from write import Framework


def adadelta(file, name, *, foreach=False, **fields):
    options = {key: fields[key] for key in ("lr", "rho", "eps", "weight_decay") if key in fields}
    options["maximize"] = bool(fields.get("maximize", 0))
    run = train(lambda tensors: torch.optim.Adadelta(tensors, foreach=foreach, **options))
    file.row(name, run, "adadelta", how=f"Adadelta, foreach={foreach}", **fields)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-adadelta", about_torch())
    adadelta(file, "adadelta", lr=1.0)
    adadelta(file, "adadelta-decay", lr=0.5, weight_decay=0.01)
    adadelta(file, "adadelta-numbers", lr=0.3, rho=0.3, eps=1e-3)
    adadelta(file, "adadelta-no-eps", lr=1.0, eps=0.0)
    adadelta(file, "adadelta-all", lr=0.7, rho=0.95, eps=1e-5, weight_decay=0.1, maximize=1)
    adadelta(file, "adadelta-foreach", foreach=True, lr=0.5, weight_decay=0.01)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
