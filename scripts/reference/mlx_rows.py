"""MLX's optimizers on its CPU device, not compiled."""

import sys

import mlx.core as mx
import mlx.optimizers as optimizers
import numpy as np

from packages import version
from write import Framework


def train(optimizer):
    def run(parameters, gradients):
        tensors = {str(k): mx.array(p) for k, p in enumerate(parameters)}
        for grads in gradients:
            grads = {str(k): mx.array(g) for k, g in enumerate(grads)}
            tensors = optimizer.apply_gradients(grads, tensors)
            mx.eval(tensors, optimizer.state)
            yield (
                [np.array(tensor) for tensor in tensors.values()],
                {"square_avg": [np.array(optimizer.state[k]["v"]) for k in tensors]},
            )

    # A fresh state for each model.
    def start(parameters, gradients):
        optimizer.state = {key: optimizer.state[key] for key in ("step", "learning_rate")}
        return run(parameters, gradients)

    return start


def row(file, name, **fields):
    optimizer = optimizers.RMSprop(
        fields["lr"], alpha=fields.get("rho", 0.99), eps=fields.get("eps", 1e-8)
    )
    file.row(name, train(optimizer), "mlx", how="RMSprop, CPU device", **fields)


def main(folder):
    mx.set_default_device(mx.cpu)
    file = Framework("mlx", f"MLX {version('mlx')}")
    row(file, "plain", lr=0.01)
    row(file, "numbers", lr=0.3, rho=0.75, eps=1e-3)
    row(file, "rho-below-half", lr=0.01, rho=0.3)
    file.write(folder)


main(sys.argv[1])
