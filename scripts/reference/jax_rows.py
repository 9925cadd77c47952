"""RMSprop of jax.example_libraries, op by op: in Keras' order of operations."""

import sys

import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers

from packages import version
from write import FLUSHED, Framework


def train(fields):
    options = {"gamma": fields.get("rho", 0.9), "eps": fields["eps"]}
    names = ["param", "square_avg"]
    make = optimizers.rmsprop
    if "momentum" in fields:
        options["momentum"] = fields["momentum"]
        names.append("momentum_buffer")
        make = optimizers.rmsprop_momentum

    def run(parameters, gradients):
        start, update, _ = make(fields["lr"], **options)
        state = start([jnp.asarray(p) for p in parameters])
        for t, grads in enumerate(gradients):
            state = update(t, [jnp.asarray(g) for g in grads], state)
            arrays = {
                name: [np.asarray(kept[k]) for kept in state.packed_state]
                for k, name in enumerate(names)
            }
            yield arrays.pop("param"), arrays

    return run


def row(file, name, **fields):
    how = "rmsprop_momentum" if "momentum" in fields else "rmsprop"
    file.row(name, train(fields), "keras", how=f"{how}, eager", subnormals=FLUSHED, **fields)


def main(folder):
    file = Framework("jax", f"JAX {version('jax')} (jax.example_libraries.optimizers)")
    row(file, "plain", lr=0.001, eps=1e-8)
    row(file, "momentum", lr=0.001, eps=1e-8, momentum=0.9)
    row(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, momentum=0.6)
    row(file, "rho-below-half", lr=0.01, rho=0.3, eps=1e-8, momentum=0.9)
    file.write(folder)


main(sys.argv[1])
