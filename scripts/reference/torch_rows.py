"""PyTorch's optimizers on the CPU."""

import sys

import torch

from torch_run import about_torch, train
from write import Framework


def rmsprop(file, name, *, foreach=False, **fields):
    options = {
        "lr": fields.get("lr", 1e-2),
        "alpha": fields.get("rho", 0.99),
        "eps": fields.get("eps", 1e-8),
        "momentum": fields.get("momentum", 0),
        "weight_decay": fields.get("weight_decay", 0),
        "centered": bool(fields.get("centered", 0)),
        "maximize": bool(fields.get("maximize", 0)),
    }
    run = train(lambda tensors: torch.optim.RMSprop(tensors, foreach=foreach, **options))
    file.row(name, run, "torch", how=f"RMSprop, foreach={foreach}", **fields)


def sgd(file, name, *, foreach=False, **fields):
    options = {
        key: fields[key] for key in ("lr", "momentum", "dampening", "weight_decay") if key in fields
    }
    for switch in ("nesterov", "maximize"):
        options[switch] = bool(fields.get(switch, 0))
    run = train(lambda tensors: torch.optim.SGD(tensors, foreach=foreach, **options))
    file.row(name, run, "sgd", how=f"SGD, foreach={foreach}", **fields)


def adagrad(file, name, *, foreach=False, **fields):
    options = {key: fields[key] for key in ("lr", "eps", "lr_decay", "weight_decay") if key in fields}
    options["initial_accumulator_value"] = fields.get("initial_square_avg", 0)
    options["maximize"] = bool(fields.get("maximize", 0))
    run = train(lambda tensors: torch.optim.Adagrad(tensors, foreach=foreach, **options))
    file.row(name, run, "adagrad", how=f"Adagrad, foreach={foreach}", **fields)


def adam(file, name, preset, *, foreach=False, **fields):
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[preset]
    options = {key: fields[key] for key in ("lr", "eps", "weight_decay") if key in fields}
    options["betas"] = (fields.get("beta1", 0.9), fields.get("beta2", 0.999))
    for switch in ("amsgrad", "maximize"):
        options[switch] = bool(fields.get(switch, 0))
    run = train(lambda tensors: kind(tensors, foreach=foreach, **options))
    file.row(name, run, preset, how=f"{kind.__name__}, foreach={foreach}", **fields)


def rmsprop_rows(file):
    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    rmsprop(file, "plain", lr=0.01)
    rmsprop(file, "momentum", lr=0.01, momentum=0.9)
    rmsprop(file, "centered", lr=0.01, centered=1)
    rmsprop(file, "momentum+centered", lr=0.01, momentum=0.9, centered=1)
    rmsprop(file, "decay", lr=0.01, weight_decay=0.01)
    rmsprop(file, "maximize", lr=0.01, maximize=1)
    rmsprop(file, "all", lr=0.01, maximize=1, **every)
    rmsprop(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, **every)
    rmsprop(file, "rho-below-half", lr=0.01, rho=0.3, **every)
    rmsprop(file, "rho-half", lr=0.01, rho=0.5, centered=1)
    rmsprop(file, "rho-zero", lr=0.01, rho=0.0, eps=1e-4, momentum=0.5)
    rmsprop(file, "all-foreach", foreach=True, lr=0.01, maximize=1, **every)


def other_rows(file):
    sgd(file, "sgd", lr=0.01)
    sgd(file, "sgd-momentum", lr=0.01, momentum=0.9)
    sgd(file, "sgd-nesterov", lr=0.01, momentum=0.9, nesterov=1)
    sgd(file, "sgd-dampening", lr=0.01, momentum=0.9, dampening=0.1)
    sgd(file, "sgd-decay", lr=0.01, momentum=0.9, weight_decay=0.01)
    sgd(file, "sgd-all", lr=0.03, momentum=0.8, nesterov=1, weight_decay=0.01, maximize=1)
    sgd(file, "sgd-all-foreach", foreach=True, lr=0.03, momentum=0.8, dampening=0.3,
        weight_decay=0.01, maximize=1)
    adagrad(file, "adagrad", lr=0.01)
    adagrad(file, "adagrad-lr-decay", lr=0.01, lr_decay=0.1)
    adagrad(file, "adagrad-all", lr=0.05, lr_decay=0.01, eps=1e-6, weight_decay=0.01,
            initial_square_avg=0.1, maximize=1)
    adam(file, "adam", "adam", lr=0.001)
    adam(file, "adam-decay", "adam", lr=0.001, weight_decay=0.01)
    adam(file, "adam-numbers", "adam", lr=0.02, beta1=0.4, beta2=0.9, eps=1e-5, weight_decay=0.01,
         maximize=1)
    adam(file, "adamw", "adamw", lr=0.001, weight_decay=0.01)
    adam(file, "adamw-all", "adamw", lr=0.02, beta1=0.8, beta2=0.99, eps=1e-5, weight_decay=0.1,
         maximize=1)
    adam(file, "adamw-foreach", "adamw", foreach=True, lr=0.001, weight_decay=0.01)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch", about_torch())
    rmsprop_rows(file)
    other_rows(file)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
