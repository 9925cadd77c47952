"""PyTorch's Adamax on the CPU."""

import sys

import torch

from torch_run import about_torch, train
from write import Framework


def adamax(file, name, *, foreach=False, **fields):
    options = {key: fields[key] for key in ("lr", "eps", "weight_decay") if key in fields}
    options["betas"] = (fields.get("beta1", 0.9), fields.get("beta2", 0.999))
    options["maximize"] = bool(fields.get("maximize", 0))
    run = train(lambda tensors: torch.optim.Adamax(tensors, foreach=foreach, **options))
    file.row(name, run, "adamax", how=f"Adamax, foreach={foreach}", **fields)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-adamax", about_torch())
    adamax(file, "adamax", lr=0.002)
    adamax(file, "adamax-decay", lr=0.002, weight_decay=0.01)
    adamax(file, "adamax-numbers", lr=0.02, beta1=0.4, beta2=0.9, eps=1e-5)
    adamax(file, "adamax-no-eps", lr=0.002, eps=0.0)
    adamax(file, "adamax-all", lr=0.02, beta1=0.8, beta2=0.99, eps=1e-5, weight_decay=0.1, maximize=1)
    adamax(file, "adamax-foreach", foreach=True, lr=0.002, weight_decay=0.01)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
