"""MLX's RMSprop on the CPU, compiled."""

import functools
import importlib.metadata

import mlx.core as mx
import mlx.optimizers

import worker


def compiled(tensors, elements):
    if tensors > 16:
        return None
    grads = {str(i): mx.array(g) for i, g in enumerate(worker.gradients(tensors, elements))}
    rule = mlx.optimizers.RMSprop(0.01, alpha=0.99, eps=1e-8)
    held = {"params": {name: g + 0 for name, g in grads.items()}}
    rule.init(held["params"])

    @functools.partial(mx.compile, inputs=rule.state, outputs=rule.state)
    def update(params, given):
        return rule.apply_gradients(given, params)

    def step():
        held["params"] = update(held["params"], grads)
        mx.eval(held["params"], rule.state)

    step()
    return step


worker.serve("MLX", importlib.metadata.version("mlx"), {"mx.compile": compiled})
