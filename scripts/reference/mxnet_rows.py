"""MXNet 2's RMSProp on the CPU, by its fused operations rmsprop_update and rmspropalex_update.

Its library makes the processor take subnormal numbers for zeros as soon as it is loaded.
"""

import sys

import mxnet as mx
import numpy as np

from packages import version
from write import FLUSHED, Framework

POISONED = ("MXNet adds 0 p to g even without decay. So once v - m^2 < 0 has made a parameter NaN, its "
            "averages become NaN too; clstep's averages stay finite")


def array(values):
    return mx.nd.array(values, dtype="float32")


def train(fields):
    options = {
        "learning_rate": fields["lr"],
        "rho": fields.get("rho", 0.9),
        "epsilon": fields.get("eps", 1e-8),
        "wd": fields.get("weight_decay", 0.0),
        "centered": bool(fields.get("centered", 1)),
        "momentum": fields.get("momentum", 0.9),
    }

    def run(parameters, gradients):
        optimizer = mx.optimizer.RMSProp(**options)
        indices = list(range(len(parameters)))
        tensors = [array(p) for p in parameters]
        states = [optimizer.create_state(k, tensor) for k, tensor in enumerate(tensors)]
        for grads in gradients:
            optimizer.fused_step(indices, tensors, [array(g) for g in grads], states)
            if options["centered"]:
                mean, var, mom = zip(*[[s.asnumpy() for s in state] for state in states])
                kept = {"square_avg": var, "grad_avg": mean,
                        "momentum_buffer": [np.float32(0) - m for m in mom]}
            else:
                kept = {"square_avg": [state.asnumpy() for state in states]}
            yield [tensor.asnumpy() for tensor in tensors], kept

    return run


def rmsprop(file, name, **fields):
    file.row(name, train({"centered": 0, **fields}), "mxnet", how="rmsprop_update",
             subnormals=FLUSHED, **fields)


def centered(file, name, *, differs=None, **fields):
    file.row(name, train(fields), "mxnet-alex", how="rmspropalex_update", subnormals=FLUSHED,
             differs=differs, **fields)


def main(folder):
    mx.util.set_np_shape(True)  # tensors without elements
    file = Framework("mxnet", f"MXNet {version('mxnet')}")
    rmsprop(file, "plain", lr=0.001)
    rmsprop(file, "decay", lr=0.01, weight_decay=0.01)
    rmsprop(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, weight_decay=0.05)
    rmsprop(file, "rho-below-half", lr=0.01, rho=0.3)
    centered(file, "centered", lr=0.001)
    centered(file, "centered-decay", lr=0.01, weight_decay=0.01)
    centered(file, "centered-numbers", lr=0.3, rho=0.75, eps=1e-3, momentum=0.6, weight_decay=0.05)
    centered(file, "centered-rho-below-half", lr=0.01, rho=0.3, differs=(POISONED, 0, 0))
    file.write(folder)


main(sys.argv[1])
