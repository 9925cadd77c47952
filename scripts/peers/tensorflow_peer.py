"""TensorFlow's fused op ResourceApplyRMSProp, which always keeps a momentum array; one call for each
tensor, eager."""

import tensorflow as tf

import worker


def fused(tensors, elements):
    numbers = [tf.constant(x, tf.float32) for x in (0.01, 0.99, 0.0, 1e-8)]
    sets = []
    for g in worker.gradients(tensors, elements):
        grad = tf.constant(g)
        sets.append((tf.Variable(grad), tf.Variable(tf.zeros_like(grad)),
                     tf.Variable(tf.zeros_like(grad)), grad))
    lr, rho, momentum, eps = numbers

    def step():
        for var, ms, mom, grad in sets:
            tf.raw_ops.ResourceApplyRMSProp(var=var.handle, ms=ms.handle, mom=mom.handle, lr=lr,
                                            rho=rho, momentum=momentum, epsilon=eps, grad=grad)

    return step


worker.serve("TensorFlow", tf.__version__, {"ApplyRMSProp": fused})
