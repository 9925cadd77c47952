"""NNabla's solvers on its CPU backend."""

import sys

import nnabla as nn
import numpy as np
from nnabla import solvers

from write import Framework


def train(make, states, decay):
    """states: ours by NNabla's name; `d` is kept with the other sign."""

    def run(parameters, gradients):
        tensors = [nn.Variable.from_numpy_array(p, need_grad=True) for p in parameters]
        names = [str(k) for k in range(len(tensors))]
        solver = make()
        solver.set_parameters(dict(zip(names, tensors)))
        for grads in gradients:
            for tensor, grad in zip(tensors, grads):
                tensor.g = grad
            if decay:
                solver.weight_decay(decay)
            solver.update()
            after = solver.get_states()
            kept = {
                ours: [after[name].pstate[theirs].d.copy() for name in names]
                for theirs, ours in states.items()
            }
            if "momentum_buffer" in kept:
                kept["momentum_buffer"] = [np.float32(0) - d for d in kept["momentum_buffer"]]
            yield [tensor.d.copy() for tensor in tensors], kept

    return run


def rmsprop(file, name, **fields):
    make = lambda: solvers.RMSprop(fields["lr"], fields.get("rho", 0.9), fields.get("eps", 1e-8))
    run = train(make, {"v": "square_avg"}, fields.get("weight_decay"))
    file.row(name, run, "nnabla", how="RMSprop", **fields)


def graves(file, name, **fields):
    """In Paddle's order of operations."""
    make = lambda: solvers.RMSpropGraves(fields["lr"], fields["rho"], fields["momentum"],
                                         fields["eps"])
    states = {"n": "square_avg", "g": "grad_avg", "d": "momentum_buffer"}
    run = train(make, states, fields.get("weight_decay"))
    file.row(name, run, "paddle", how="RMSpropGraves", centered=1, **fields)


def main(folder):
    file = Framework("nnabla", f"NNabla {nn.__version__}")
    rmsprop(file, "plain", lr=0.001)
    rmsprop(file, "decay", lr=0.01, weight_decay=0.01)
    rmsprop(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, weight_decay=0.05)
    rmsprop(file, "rho-below-half", lr=0.01, rho=0.3)
    graves(file, "graves", lr=1e-4, rho=0.95, momentum=0.9, eps=1e-4)
    graves(file, "graves-numbers", lr=0.3, rho=0.75, momentum=0.6, eps=1e-3, weight_decay=0.05)
    file.write(folder)


main(sys.argv[1])
