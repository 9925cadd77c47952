"""Chainer's optimizers on the CPU, where they are NumPy's operations."""

import sys

import chainer
import numpy as np

from packages import version
from write import Framework


def train(make, states, decay):
    """states: ours by Chainer's name; `delta` is kept with the other sign."""

    def run(parameters, gradients):
        link = chainer.Link()
        with link.init_scope():
            for k, p in enumerate(parameters):
                setattr(link, f"p{k}", chainer.Parameter(p.copy()))
        optimizer = make()
        optimizer.setup(link)
        if decay:
            optimizer.add_hook(chainer.optimizer_hooks.WeightDecay(decay))
        tensors = [getattr(link, f"p{k}") for k in range(len(parameters))]
        for grads in gradients:
            for tensor, grad in zip(tensors, grads):
                tensor.grad = grad.copy()
            optimizer.update()
            kept = {
                ours: [tensor.update_rule.state[theirs] for tensor in tensors]
                for theirs, ours in states.items()
            }
            if "momentum_buffer" in kept:
                kept["momentum_buffer"] = [np.float32(0) - d for d in kept["momentum_buffer"]]
            yield [tensor.array for tensor in tensors], kept

    return run


def rmsprop(file, name, **fields):
    options = {
        "lr": fields.get("lr", 1e-2),
        "alpha": fields.get("rho", 0.99),
        "eps": fields.get("eps", 1e-8),
        "eps_inside_sqrt": bool(fields.get("eps_inside_sqrt", 0)),
    }
    run = train(lambda: chainer.optimizers.RMSprop(**options), {"ms": "square_avg"},
                fields.get("weight_decay"))
    file.row(name, run, "chainer", how="RMSprop", **fields)


def graves(file, name, **fields):
    options = {
        "lr": fields.get("lr", 1e-4),
        "alpha": fields.get("rho", 0.95),
        "momentum": fields.get("momentum", 0.9),
        "eps": fields.get("eps", 1e-4),
    }
    states = {"n": "square_avg", "g": "grad_avg", "delta": "momentum_buffer"}
    run = train(lambda: chainer.optimizers.RMSpropGraves(**options), states,
                fields.get("weight_decay"))
    file.row(name, run, "graves", how="RMSpropGraves", **fields)


def main(folder):
    file = Framework("chainer", f"Chainer {version('chainer')} on NumPy {np.__version__}")
    rmsprop(file, "plain", lr=0.01)
    rmsprop(file, "eps-inside", lr=0.01, eps_inside_sqrt=1)
    rmsprop(file, "decay", lr=0.01, weight_decay=0.01)
    rmsprop(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, weight_decay=0.05)
    rmsprop(file, "rho-below-half", lr=0.01, rho=0.3)
    graves(file, "graves", lr=1e-4)
    graves(file, "graves-decay", lr=1e-3, weight_decay=0.01)
    graves(file, "graves-numbers", lr=0.3, rho=0.75, eps=1e-3, momentum=0.6, weight_decay=0.05)
    graves(file, "graves-rho-below-half", lr=0.01, rho=0.3)
    file.write(folder)


main(sys.argv[1])
