"""Keras 2's RMSprop, the legacy one: with momentum it is TensorFlow's dense operation, without
momentum operations of its own with eps outside, in MXNet's order."""

import sys

import tensorflow as tf
import tf_keras

from packages import version
from write import FLUSHED, Framework

CLIPS = {"norm": "clipnorm", "global_norm": "global_clipnorm"}
SLOTS = {"square_avg": "rms", "grad_avg": "mg", "momentum_buffer": "momentum"}


def train(fields, watch=None):
    """`watch` sees the norms by which it clips (norms.py)."""

    def run(parameters, gradients):
        variables = [tf.Variable(p) for p in parameters]
        optimizer = tf_keras.optimizers.legacy.RMSprop(
            learning_rate=fields["lr"],
            rho=fields.get("rho", 0.9),
            momentum=fields.get("momentum", 0.0),
            epsilon=fields.get("eps", 1e-7),
            centered=bool(fields.get("centered", 0)),
            **({CLIPS[fields["clip"]]: fields["clip_bound"]} if watch else {}),
        )
        kept = {ours: theirs for ours, theirs in SLOTS.items()
                if ours == "square_avg" or fields.get(
                    {"grad_avg": "centered", "momentum_buffer": "momentum"}[ours])}
        for grads in gradients:
            if watch:
                watch.begin(grads)
            optimizer.apply_gradients(zip([tf.constant(g) for g in grads], variables))
            yield (
                [variable.numpy() for variable in variables],
                {
                    ours: [optimizer.get_slot(variable, theirs).numpy() for variable in variables]
                    for ours, theirs in kept.items()
                }
                | ({"norm": watch.norms} if watch else {}),
            )

    return run


def one_thread():
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def about():
    return f"tf-keras {version('tf-keras')} on TensorFlow {version('tensorflow-cpu')}"


def main(folder):
    one_thread()
    file = Framework("tf-keras", about())

    def row(name, preset, **fields):
        file.row(name, train(fields), preset, how="legacy.RMSprop, eager", subnormals=FLUSHED,
                 **fields)

    row("momentum", "tf", lr=0.001, momentum=0.9)
    row("momentum+centered", "tf", lr=0.001, momentum=0.9, centered=1)
    row("numbers", "tf", lr=0.3, rho=0.75, eps=1e-3, momentum=0.6, centered=1)
    row("rho-below-half", "tf", lr=0.01, rho=0.3, momentum=0.9)
    row("plain", "mxnet", lr=0.001, eps=1e-7)
    row("centered", "mxnet", lr=0.001, eps=1e-7, centered=1)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
