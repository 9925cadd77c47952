"""Paddle's RMSProp on the CPU, run eagerly.

Its kernel takes eight elements at a time through Eigen, whose vectorised square root is the CPU's
approximate reciprocal root with one Newton step; what is left over at the end of a tensor goes
through sqrtf. The rows in pieces of seven elements therefore have correctly rounded roots.
"""

import sys

import paddle

from write import Framework

STATES = {"square_avg": "mean_square", "grad_avg": "mean_grad", "momentum_buffer": "momentum"}


ROOT = "the vectorised square root is x * rsqrt(x), approximate and different on AMD and Intel"


def in_pieces(tensors, size):
    return [tensor.reshape(-1)[i : i + size] for tensor in tensors
            for i in range(0, tensor.size, size)]


def train(states, pieces, **options):
    def run(parameters, gradients):
        if pieces:
            parameters = in_pieces(parameters, pieces)
            gradients = [in_pieces(grads, pieces) for grads in gradients]
        tensors = [paddle.base.framework.EagerParamBase.from_tensor(paddle.to_tensor(p))
                   for p in parameters]
        optimizer = paddle.optimizer.RMSProp(parameters=tensors, **options)
        for grads in gradients:
            for tensor, grad in zip(tensors, grads):
                tensor.grad = paddle.to_tensor(grad)
            optimizer.step()
            yield (
                [tensor.numpy() for tensor in tensors],
                {
                    name: [optimizer._get_accumulator(STATES[name], tensor).numpy()
                           for tensor in tensors]
                    for name in states
                },
            )

    return run


def row(file, name, *, pieces=7, differs=None, **fields):
    states = ["square_avg"]
    if fields.get("centered"):
        states.append("grad_avg")
    if fields.get("momentum"):
        states.append("momentum_buffer")
    run = train(
        states,
        pieces,
        learning_rate=fields["lr"],
        rho=fields.get("rho", 0.95),
        epsilon=fields.get("eps", 1e-6),
        momentum=fields.get("momentum", 0.0),
        centered=bool(fields.get("centered", 0)),
        weight_decay=fields.get("weight_decay"),
    )
    how = f"RMSProp, every tensor in pieces of {pieces} elements" if pieces else "RMSProp"
    file.row(name, run, "paddle", how=how, differs=differs, **fields)


def main(folder):
    paddle.set_device("cpu")
    file = Framework("paddle", f"Paddle {paddle.__version__}")
    every = {"momentum": 0.9, "centered": 1, "weight_decay": 0.01}
    row(file, "plain", lr=0.01)
    row(file, "momentum", lr=0.01, momentum=0.9)
    row(file, "centered", lr=0.01, centered=1)
    row(file, "momentum+centered", lr=0.01, momentum=0.9, centered=1)
    row(file, "decay", lr=0.01, weight_decay=0.01)
    row(file, "all", lr=0.01, **every)
    row(file, "numbers", lr=0.3, rho=0.75, eps=1e-3, **every)
    row(file, "rho-below-half", lr=0.01, rho=0.3, **every)
    row(file, "plain-whole", pieces=None, lr=0.01, differs=(ROOT, 16384, 1503))
    row(file, "all-whole", pieces=None, lr=0.01, differs=(ROOT, 32, 7168), **every)
    file.write(folder)


main(sys.argv[1])
