"""optax.rmsprop on JAX, op by op."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

from packages import version
from write import FLUSHED, Framework

COMPILED = "compiled as one, products are fused with sums"
KEPT = {"nu": "square_avg", "mu": "grad_avg", "trace": "momentum_buffer"}


def optimizer_of(fields):
    options = {
        "decay": fields.get("rho", 0.9),
        "eps": fields.get("eps", 1e-8),
        "initial_scale": fields.get("initial_square_avg", 0.0),
        "eps_in_sqrt": bool(fields.get("eps_inside_sqrt", 1)),
        "bias_correction": bool(fields.get("bias_correction", 0)),
    }
    if not fields.get("lr_in_momentum", 1):
        return optax.chain(
            optax.scale_by_rms(**options),
            optax.trace(fields["momentum"]),
            optax.scale_by_learning_rate(fields["lr"]),
        )
    rmsprop = optax.rmsprop(
        fields["lr"],
        centered=bool(fields.get("centered", 0)),
        momentum=fields.get("momentum"),
        nesterov=bool(fields.get("nesterov", 0)),
        **options,
    )
    if "weight_decay" in fields:
        return optax.chain(optax.add_decayed_weights(fields["weight_decay"]), rmsprop)
    return rmsprop


def states_of(state, negative):
    """{state's name: arrays}, from the named tuples of a chain's state, wherever they are."""
    found = {}
    if hasattr(state, "_fields"):
        for field in state._fields:
            if field in KEPT:
                arrays = [np.asarray(array) for array in getattr(state, field)]
                if field == "trace" and negative:  # lr went in with its sign
                    arrays = [np.float32(0) - array for array in arrays]
                found[KEPT[field]] = arrays
    elif isinstance(state, tuple):
        for part in state:
            found.update(states_of(part, negative))
    return found


def train(fields, compiled=False):
    def run(parameters, gradients):
        optimizer = optimizer_of(fields)

        def step(grads, state, tensors):
            updates, state = optimizer.update(grads, state, tensors)
            return optax.apply_updates(tensors, updates), state

        if compiled:
            step = jax.jit(step)
        tensors = [jnp.asarray(p) for p in parameters]
        state = optimizer.init(tensors)
        for grads in gradients:
            tensors, state = step([jnp.asarray(g) for g in grads], state, tensors)
            yield (
                [np.asarray(tensor) for tensor in tensors],
                states_of(state, fields.get("lr_in_momentum", 1)),
            )

    return run


def row(file, name, *, ulps=None, **fields):
    how = "jax.jit" if ulps else "eager"
    differs = (COMPILED, *ulps) if ulps else None
    if "weight_decay" in fields:
        how += ", add_decayed_weights in front"
    file.row(name, train(fields, compiled=bool(ulps)), "optax", how=f"rmsprop, {how}",
             subnormals=FLUSHED, differs=differs, **fields)


def main(folder):
    file = Framework("optax", f"optax {version('optax')} on JAX {version('jax')}")
    every = {"momentum": 0.9, "centered": 1, "nesterov": 1, "weight_decay": 0.01}
    row(file, "plain", lr=0.001)
    row(file, "momentum", lr=0.001, momentum=0.9)
    row(file, "nesterov", lr=0.001, momentum=0.9, nesterov=1)
    row(file, "momentum-lr-outside", lr=0.001, momentum=0.9, lr_in_momentum=0)
    row(file, "centered", lr=0.001, centered=1)
    row(file, "momentum+centered", lr=0.001, momentum=0.9, centered=1)
    row(file, "decay", lr=0.001, weight_decay=0.01)
    row(file, "eps-outside", lr=0.001, eps_inside_sqrt=0)
    row(file, "initial-scale", lr=0.001, initial_square_avg=1.0)
    row(file, "bias-correction", lr=0.001, bias_correction=1)
    row(file, "bias-correction-eps-outside", lr=0.001, bias_correction=1, eps_inside_sqrt=0)
    row(file, "bias-correction+centered", lr=0.001, bias_correction=1, centered=1, momentum=0.9)
    row(file, "all", lr=0.01, **every)
    row(file, "all-eps-outside", lr=0.01, eps_inside_sqrt=0, initial_square_avg=0.5, **every)
    row(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, **every)
    row(file, "rho-below-half", lr=0.001, rho=0.3, **every)
    row(file, "plain-compiled", ulps=(35, 135), lr=0.001)
    row(file, "all-compiled", ulps=(512, 17152), lr=0.01, **every)
    file.write(folder)


main(sys.argv[1])
