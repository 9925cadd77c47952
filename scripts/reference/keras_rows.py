"""Keras 3's RMSprop, op by op, on the backend that KERAS_BACKEND names."""

import sys

import keras

from packages import version
from write import FLUSHED, Framework

STATES = {
    "square_avg": "_velocities",
    "grad_avg": "_average_gradients",
    "momentum_buffer": "_momentums",
}
FUSED = "PyTorch's operations fuse the products of both averages with their sums"
COMPILED = "compiled as one, products are fused with sums"


def clipping_of(fields):
    arguments = {"value": "clipvalue", "norm": "clipnorm", "global_norm": "global_clipnorm"}
    return {arguments[fields["clip"]]: fields["clip_bound"]} if "clip" in fields else {}


def optimizer_of(fields):
    return keras.optimizers.RMSprop(
        learning_rate=fields["lr"],
        rho=fields.get("rho", 0.9),
        epsilon=fields.get("eps", 1e-7),
        momentum=fields.get("momentum", 0.0),
        centered=bool(fields.get("centered", 0)),
        weight_decay=fields.get("weight_decay"),
        **clipping_of(fields),
    )


def read(optimizer, variables):
    def arrays(variables):
        return [keras.ops.convert_to_numpy(variable) for variable in variables]

    states = {name: getattr(optimizer, theirs) for name, theirs in STATES.items()}
    return (arrays(variables), {name: arrays(kept) for name, kept in states.items() if kept})


def train(fields, step, watch=None):
    """step(optimizer, variables) returns what takes the gradients and performs a step. `watch` sees
    the norms by which it clips (norms.py)."""

    def run(parameters, gradients):
        variables = [keras.Variable(p) for p in parameters]
        optimizer = optimizer_of(fields)
        optimizer.build(variables)
        perform = step(optimizer, variables)
        for grads in gradients:
            if watch:
                watch.begin(grads)
            perform([keras.ops.convert_to_tensor(g) for g in grads])
            arrays, states = read(optimizer, variables)
            yield arrays, states | ({"norm": watch.norms} if watch else {})

    return run


def eager(optimizer, variables):
    return lambda grads: optimizer.apply_gradients(zip(grads, variables))


def compiled_by_jax(optimizer, variables):
    import jax

    compiled = jax.jit(optimizer.stateless_apply)

    def perform(grads):
        values, states = compiled(
            [variable.value for variable in optimizer.variables],
            grads,
            [variable.value for variable in variables],
        )
        for variable, value in zip(variables, values):
            variable.assign(value)
        for variable, value in zip(optimizer.variables, states):
            variable.assign(value)

    return perform


def compiled_by_tensorflow(optimizer, variables):
    import tensorflow

    return tensorflow.function(lambda grads: optimizer.apply_gradients(zip(grads, variables)),
                               jit_compile=True)


# What compiles, and the ulps of the two rows after steps 1 and 20.
COMPILERS = {
    "jax": ("jax.jit", compiled_by_jax, (78, 93), (512, 560)),
    "tensorflow": (
        "tf.function, jit_compile=True", compiled_by_tensorflow, (78, 332), (512, 920)
    ),
}


def about(backend):
    if backend == "torch":
        from torch_run import about_torch

        return about_torch()
    if backend == "jax":
        return f"JAX {version('jax')}"
    return f"TensorFlow {version('tensorflow-cpu')}"


def main(folder):
    backend = keras.backend.backend()
    file = Framework(f"keras-{backend}", f"Keras {version('keras')} on {about(backend)}")
    if backend == "torch":
        torch_rows(file)
    else:
        rows(file, backend)
    file.write(folder)


def torch_rows(file):
    def row(name, **fields):
        file.row(name, train(fields, eager), "keras-torch", how="RMSprop, eager", **fields)

    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    row("plain", lr=0.001)
    row("momentum", lr=0.001, momentum=0.9)
    row("centered", lr=0.001, centered=1)
    row("decay", lr=0.01, weight_decay=0.01)
    row("decay-in-fp32", lr=0.09, weight_decay=0.92)  # in double the factor would be another
    row("all", lr=0.01, **every)
    row("numbers", lr=0.3, rho=0.75, eps=1e-3, **every)
    row("rho-below-half", lr=0.01, rho=0.3, **every)
    file.row("plain-as-keras", train({"lr": 0.001}, eager), "keras", how="RMSprop, eager", lr=0.001,
             differs=(FUSED, 1, 64))


def rows(file, backend):
    def row(name, **fields):
        file.row(name, train(fields, eager), "keras", how="RMSprop, eager", subnormals=FLUSHED,
                 **fields)

    how, step, ulps_plain, ulps_all = COMPILERS[backend]

    def compiled_row(name, ulps, **fields):
        file.row(name, train(fields, step), "keras", how=f"RMSprop, {how}", subnormals=FLUSHED,
                 differs=(COMPILED, *ulps), **fields)

    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    row("plain", lr=0.001)
    if backend == "jax":
        row("momentum", lr=0.001, momentum=0.9)
        row("centered", lr=0.001, centered=1)
        row("decay", lr=0.01, weight_decay=0.01)
    row("momentum+centered", lr=0.001, momentum=0.9, centered=1)
    row("all", lr=0.01, **every)
    row("numbers", lr=0.3, rho=0.75, eps=1e-3, **every)
    row("rho-below-half", lr=0.01, rho=0.3, **every)
    compiled_row("plain-compiled", ulps_plain, lr=0.001)
    compiled_row("all-compiled", ulps_all, lr=0.01, **every)


if __name__ == "__main__":
    main(sys.argv[1])
