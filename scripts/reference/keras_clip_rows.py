"""Keras 3's clipping of gradients in front of its RMSprop, on the backend that KERAS_BACKEND names.

Each row by a norm is there twice: with the norm that Keras computes, and with clstep's.
"""

import sys

import keras
from keras.src.optimizers import base_optimizer

from keras_rows import about, eager, train
from norms import OWN_NORM, Operations, Watch
from packages import version
from write import FLUSHED, Framework

# Among the norms of the small model; fp32(bound) fp32(1 / bound) is not 1.
GLOBAL_BOUND = 3100.7

global_norm = base_optimizer.global_norm
operations = base_optimizer.ops


def watched(kind, watch):
    """Lets `watch` see the norms of the next row. The formulas stay Keras's."""
    if kind == "global_norm":
        base_optimizer.global_norm = lambda grads: keras.ops.convert_to_tensor(
            watch.of(global_norm(grads)))
    elif keras.backend.backend() == "tensorflow":  # where clipnorm is TensorFlow's clip_by_norm()
        from tensorflow.python.ops import clip_ops, math_ops

        clip_ops.math_ops = Operations(math_ops, watch)
    else:
        base_optimizer.ops = Operations(operations, watch)


def main(folder):
    backend = keras.backend.backend()
    file = Framework(f"keras-{backend}-clip", f"Keras {version('keras')} on {about(backend)}")
    preset = "keras-torch" if backend == "torch" else "keras"
    flushed = {} if backend == "torch" else {"subnormals": FLUSHED}

    def rows_by_norm(name, argument, kind, bound):
        fields = {"lr": 0.001, "clip": kind, "clip_bound": bound}
        for replaces in (False, True):
            watch = Watch(kind, replaces)
            watched(kind, watch)
            file.row(name + watch.suffix, train(fields, eager, watch), preset,
                     how=f"RMSprop, {argument}, {watch.whose}", norm_ulp=watch.norm_ulp, **flushed,
                     **fields)

    value = {"lr": 0.001, "clip": "value", "clip_bound": 0.3}
    file.row("value", train(value, eager), preset, how="RMSprop, clipvalue", **flushed, **value)
    rows_by_norm("tensors", "clipnorm", "norm", 1512.0)
    rows_by_norm("global", "global_clipnorm", "global_norm", GLOBAL_BOUND)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
