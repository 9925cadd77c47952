"""Stable-Baselines3's RMSpropTFLike on PyTorch."""

import sys

import torch

from packages import module, version
from torch_run import about_torch, train
from write import Framework

RMSpropTFLike = module("stable_baselines3.common.sb2_compat.rmsprop_tf_like").RMSpropTFLike


def row(file, name, **fields):
    options = {
        "lr": fields.get("lr", 1e-2),
        "alpha": fields.get("rho", 0.99),
        "eps": fields.get("eps", 1e-8),
        "momentum": fields.get("momentum", 0),
        "weight_decay": fields.get("weight_decay", 0),
        "centered": bool(fields.get("centered", 0)),
    }
    run = train(lambda tensors: RMSpropTFLike(tensors, **options))
    file.row(name, run, "sb3", how="RMSpropTFLike", **fields)


def main(folder):
    torch.set_num_threads(1)
    name = f"Stable-Baselines3 {version('stable-baselines3')}"
    file = Framework("sb3", f"{name} on {about_torch()}")
    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    row(file, "plain", lr=0.01)
    row(file, "momentum", lr=0.01, momentum=0.9)
    row(file, "centered", lr=0.01, centered=1)
    row(file, "momentum+centered", lr=0.01, momentum=0.9, centered=1)
    row(file, "decay", lr=0.01, weight_decay=0.01)
    row(file, "all", lr=0.01, **every)
    row(file, "a2c", lr=7e-4, eps=1e-5)  # the numbers of SB3's A2C
    row(file, "rho-below-half", lr=0.01, rho=0.3, **every)
    file.write(folder)


main(sys.argv[1])
