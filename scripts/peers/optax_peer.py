"""optax.rmsprop and optax.apply_updates in one jax.jit that may write over its arguments."""

import functools

import jax
import optax

import worker


def jitted(tensors, elements):
    if tensors > 16:
        return None  # takes minutes to compile
    rule = optax.rmsprop(0.01, decay=0.99, eps=1e-8)
    grads = [jax.numpy.asarray(g) for g in worker.gradients(tensors, elements)]
    held = {"params": [g + 0 for g in grads]}
    held["state"] = rule.init(held["params"])

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(params, state, given):
        changes, state = rule.update(given, state, params)
        return optax.apply_updates(params, changes), state

    def step():
        held["params"], held["state"] = update(held["params"], held["state"], grads)
        jax.block_until_ready(held)

    step()
    return step


worker.serve("optax", f"{optax.__version__}, JAX {jax.__version__}", {"jax.jit": jitted})
