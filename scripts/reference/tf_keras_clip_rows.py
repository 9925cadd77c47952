"""Keras 2's clipping of gradients in front of its legacy RMSprop: TensorFlow's own functions.

Each row by a norm is there twice: with the norm that TensorFlow computes, and with clstep's.
"""

import sys

import tensorflow as tf
from tensorflow.python.ops import clip_ops, math_ops

from norms import Operations, Watch
from tf_keras_rows import about, one_thread, train
from write import FLUSHED, Framework

# Among the norms of the small model; fp32(bound) (1 / fp32(bound)) is not 1.
GLOBAL_BOUND = 3100.6

global_norm = clip_ops.global_norm


def watched(watch):
    """Lets `watch` see the norms of the next row. The formulas stay TensorFlow's."""
    clip_ops.math_ops = Operations(math_ops, watch)
    clip_ops.global_norm = lambda grads, name: tf.constant(watch.of(global_norm(grads, name)))


def main(folder):
    one_thread()
    file = Framework("tf-keras-clip", about())

    def rows_by_norm(name, argument, kind, bound):
        fields = {"lr": 0.001, "momentum": 0.9, "clip": kind, "clip_bound": bound}
        for replaces in (False, True):
            watch = Watch(kind, replaces)
            watched(watch)
            file.row(name + watch.suffix, train(fields, watch), "tf",
                     how=f"legacy.RMSprop, {argument}, {watch.whose}", norm_ulp=watch.norm_ulp,
                     subnormals=FLUSHED, **fields)

    rows_by_norm("tensors", "clipnorm", "norm", 1512.0)
    rows_by_norm("global", "global_clipnorm", "global_norm", GLOBAL_BOUND)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
