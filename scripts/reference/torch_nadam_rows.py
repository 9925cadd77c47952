"""PyTorch's NAdam on the CPU."""

import sys

import torch

from torch_run import about_torch, train
from write import Framework


def nadam(file, name, *, foreach=False, **fields):
    options = {
        key: fields[key] for key in ("lr", "eps", "weight_decay", "momentum_decay") if key in fields
    }
    options["betas"] = (fields.get("beta1", 0.9), fields.get("beta2", 0.999))
    options["maximize"] = bool(fields.get("maximize", 0))
    options["decoupled_weight_decay"] = fields.get("decay") == "decoupled"
    run = train(lambda tensors: torch.optim.NAdam(tensors, foreach=foreach, **options))
    file.row(name, run, "nadam", how=f"NAdam, foreach={foreach}", **fields)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-nadam", about_torch())
    nadam(file, "nadam", lr=0.002)
    nadam(file, "nadam-decay", lr=0.002, weight_decay=0.01)
    nadam(file, "nadam-decoupled", lr=0.002, weight_decay=0.01, decay="decoupled")
    nadam(file, "nadam-numbers", lr=0.02, beta1=0.4, beta2=0.9, eps=1e-5, momentum_decay=0.3)
    nadam(file, "nadam-long-memory", lr=0.002, beta1=0.999, momentum_decay=50.0)
    nadam(file, "nadam-no-momentum-decay", lr=0.002, momentum_decay=0.0)
    nadam(file, "nadam-no-eps", lr=0.002, eps=0.0)
    nadam(file, "nadam-all", lr=0.02, beta1=0.8, beta2=0.99, eps=1e-5, weight_decay=0.1,
          momentum_decay=0.01, maximize=1)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
