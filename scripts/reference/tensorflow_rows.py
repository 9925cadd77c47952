"""TensorFlow's own RMSprop: the raw operations and the optimizer of version 1 on top of them."""

import sys

import tensorflow as tf

from packages import version
from write import FLUSHED, Framework

SPARSE = "the sparse operation has its own order: rho v + (1-rho) g g, and a reciprocal root"


def slots(parameters, fields):
    """Variables of every parameter: itself, and its states by our names."""
    first = fields.get("initial_square_avg", 1.0)
    kept = []
    for p in parameters:
        variables = {
            "param": tf.Variable(p),
            "square_avg": tf.Variable(tf.fill(p.shape, first)),
            "momentum_buffer": tf.Variable(tf.zeros(p.shape)),
        }
        if fields.get("centered"):
            variables["grad_avg"] = tf.Variable(tf.zeros(p.shape))
        kept.append(variables)
    return kept


def resource_arguments(variables, grad, fields):
    arguments = {
        "var": variables["param"].handle,
        "ms": variables["square_avg"].handle,
        "mom": variables["momentum_buffer"].handle,
        "lr": tf.constant(fields["lr"], tf.float32),
        "rho": tf.constant(fields.get("rho", 0.9), tf.float32),
        "momentum": tf.constant(fields.get("momentum", 0.0), tf.float32),
        "epsilon": tf.constant(fields.get("eps", 1e-10), tf.float32),
        "grad": tf.constant(grad),
    }
    if fields.get("centered"):
        arguments["mg"] = variables["grad_avg"].handle
    return arguments


def dense(variables, grad, fields):
    arguments = resource_arguments(variables, grad, fields)
    if fields.get("centered"):
        tf.raw_ops.ResourceApplyCenteredRMSProp(**arguments)
    else:
        tf.raw_ops.ResourceApplyRMSProp(**arguments)


def sparse(variables, grad, fields):
    """Every row of the first dimension once."""
    arguments = resource_arguments(variables, grad, fields)
    arguments["indices"] = tf.range(grad.shape[0])
    if fields.get("centered"):
        tf.raw_ops.ResourceSparseApplyCenteredRMSProp(**arguments)
    else:
        tf.raw_ops.ResourceSparseApplyRMSProp(**arguments)


def raw(apply, fields):
    def run(parameters, gradients):
        kept = slots(parameters, fields)
        for grads in gradients:
            for variables, grad in zip(kept, grads):
                apply(variables, grad, fields)
            yield result({name: [variables[name] for variables in kept] for name in kept[0]},
                         fields)

    return run


def optimizer(fields):
    def run(parameters, gradients):
        variables = [tf.Variable(p) for p in parameters]
        rmsprop = tf.compat.v1.train.RMSPropOptimizer(
            fields["lr"],
            decay=fields.get("rho", 0.9),
            momentum=fields.get("momentum", 0.0),
            epsilon=fields.get("eps", 1e-10),
            centered=bool(fields.get("centered", 0)),
        )
        names = {"square_avg": "rms", "momentum_buffer": "momentum"}
        if fields.get("centered"):
            names["grad_avg"] = "mg"
        for grads in gradients:
            rmsprop.apply_gradients(zip([tf.constant(g) for g in grads], variables))
            arrays = {"param": variables}
            for name, slot in names.items():
                arrays[name] = [rmsprop.get_slot(variable, slot) for variable in variables]
            yield result(arrays, fields)

    return run


def result(variables, fields):
    arrays = {name: [variable.numpy() for variable in kept] for name, kept in variables.items()}
    if not fields.get("momentum"):
        del arrays["momentum_buffer"]  # TensorFlow keeps one all the same
    return arrays.pop("param"), arrays


def main(folder):
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    file = Framework("tf1", f"TensorFlow {version('tensorflow-cpu')}")

    def raw_row(name, **fields):
        kind = "Centered" if fields.get("centered") else ""
        file.row(name, raw(dense, fields), "tf1", how=f"ResourceApply{kind}RMSProp",
                 subnormals=FLUSHED, **fields)

    def tf_row(name, **fields):
        kind = "Centered" if fields.get("centered") else ""
        with_defaults = {"eps": 1e-7, "initial_square_avg": 0.0, **fields}
        file.row(name, raw(dense, with_defaults), "tf", how=f"ResourceApply{kind}RMSProp",
                 subnormals=FLUSHED, **fields)

    def sparse_row(name, ulps, **fields):
        kind = "Centered" if fields.get("centered") else ""
        file.row(name, raw(sparse, fields), "tf1", how=f"ResourceSparseApply{kind}RMSProp",
                 subnormals=FLUSHED, differs=(SPARSE, *ulps), **fields)

    def optimizer_row(name, **fields):
        file.row(name, optimizer(fields), "tf1", how="compat.v1.train.RMSPropOptimizer",
                 subnormals=FLUSHED, **fields)

    both = {"momentum": 0.9, "centered": 1}
    raw_row("plain", lr=0.001)
    raw_row("momentum", lr=0.001, momentum=0.9)
    raw_row("centered", lr=0.001, centered=1)
    raw_row("momentum+centered", lr=0.001, **both)
    raw_row("from-zero", lr=0.001, eps=1e-7, initial_square_avg=0.0, momentum=0.9)
    raw_row("numbers", lr=0.3, rho=0.75, eps=1e-3, **both)
    raw_row("rho-below-half", lr=0.01, rho=0.3, eps=1e-3, **both)
    tf_row("tf", lr=0.001)
    tf_row("tf-momentum", lr=0.001, momentum=0.9)
    tf_row("tf-momentum+centered", lr=0.001, **both)
    tf_row("tf-numbers", lr=0.3, rho=0.75, eps=1e-3, **both)
    optimizer_row("plain-optimizer", lr=0.001)
    optimizer_row("momentum+centered-optimizer", lr=0.001, **both)
    sparse_row("plain-sparse", (64, 140), lr=0.001)
    sparse_row("momentum+centered-sparse", (128, 640), lr=0.001, **both)
    file.write(folder)


main(sys.argv[1])
