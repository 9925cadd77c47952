"""timm's RMSpropTF on PyTorch."""

import sys

import torch

from packages import module, version
from torch_run import about_torch, train
from write import Framework

RMSpropTF = module("timm.optim.rmsprop_tf").RMSpropTF


def row(file, name, *, foreach=False, **fields):
    options = {
        "lr": fields.get("lr", 1e-2),
        "alpha": fields.get("rho", 0.9),
        "eps": fields.get("eps", 1e-10),
        "momentum": fields.get("momentum", 0),
        "weight_decay": fields.get("weight_decay", 0),
        "centered": bool(fields.get("centered", 0)),
        "decoupled_decay": fields.get("decay", "L2") == "decoupled",
        "lr_in_momentum": bool(fields.get("lr_in_momentum", 1)),
    }
    run = train(lambda tensors: RMSpropTF(tensors, foreach=foreach, **options))
    file.row(name, run, "timm", how=f"RMSpropTF, foreach={foreach}", **fields)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("timm", f"timm {version('timm')} on {about_torch()}")
    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    row(file, "plain", lr=0.01)
    row(file, "momentum", lr=0.01, momentum=0.9)
    row(file, "momentum-lr-outside", lr=0.01, momentum=0.9, lr_in_momentum=0)
    row(file, "centered", lr=0.01, centered=1)
    row(file, "momentum+centered", lr=0.01, momentum=0.9, centered=1)
    row(file, "decay", lr=0.01, weight_decay=0.01)
    row(file, "decay-decoupled", lr=0.01, weight_decay=0.01, decay="decoupled")
    row(file, "all", lr=0.01, **every)
    row(file, "all-decoupled", lr=0.1, decay="decoupled", lr_in_momentum=0, **every)
    row(file, "numbers", lr=0.256, rho=0.97, eps=1e-3, **every)
    row(file, "rho-below-half", lr=0.01, rho=0.3, **every)
    row(file, "all-foreach", foreach=True, lr=0.01, **every)
    file.write(folder)


main(sys.argv[1])
