"""timm's Lion on PyTorch, on the CPU."""

import sys

import torch

from packages import module, version
from torch_run import about_torch, train
from write import Framework

Lion = module("timm.optim.lion").Lion


def lion(file, name, *, foreach=False, **fields):
    options = {key: fields[key] for key in ("lr", "weight_decay") if key in fields}
    options["betas"] = (fields.get("beta1", 0.9), fields.get("beta2", 0.99))
    options["maximize"] = bool(fields.get("maximize", 0))
    run = train(lambda tensors: Lion(tensors, foreach=foreach, **options))
    file.row(name, run, "lion", how=f"Lion, foreach={foreach}", **fields)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("timm-lion", f"timm {version('timm')} on {about_torch()}")
    lion(file, "lion", lr=1e-4)
    lion(file, "lion-decay", lr=1e-3, weight_decay=0.1)
    lion(file, "lion-numbers", lr=1e-2, beta1=0.95, beta2=0.98)
    lion(file, "lion-short-memory", lr=1e-3, beta1=0.3, beta2=0.4)
    lion(file, "lion-all", lr=1e-3, beta1=0.7, beta2=0.5, weight_decay=0.1, maximize=1)
    lion(file, "lion-foreach", foreach=True, lr=1e-3, weight_decay=0.1)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
