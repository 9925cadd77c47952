"""Runs an optimizer of PyTorch's kind; for PyTorch and for what is built on it."""

import sys

import torch


def arrays(state, parameter):
    """The names of the arrays of a parameter's state: counts of steps and the like are none."""
    return [
        name
        for name, value in state.items()
        if torch.is_tensor(value) and value.shape == parameter.shape
    ]


def train(make, renamed=None, clip=None):
    """The run (see write.py) of the optimizer that make(parameters) makes; `renamed` gives its names
    of states in place of ours. clip(tensors) clips gradients before a step; it returns
    the norms, if it does so by norms."""
    ours = {theirs: name for name, theirs in (renamed or {}).items()}

    def run(parameters, gradients):
        tensors = [torch.nn.Parameter(torch.tensor(p)) for p in parameters]
        optimizer = make(tensors)
        for grads in gradients:
            for tensor, grad in zip(tensors, grads):
                tensor.grad = torch.tensor(grad)
            norms = clip(tensors) if clip else None
            optimizer.step()
            states = [optimizer.state[tensor] for tensor in tensors]
            yield (
                [tensor.detach().numpy() for tensor in tensors],
                {
                    ours.get(theirs, theirs): [state[theirs].numpy() for state in states]
                    for theirs in arrays(states[0], tensors[0])
                }
                | ({"norm": norms} if norms else {}),
            )

    return run


def about_torch():
    """What runs: the version and the kernels that it chose. Only the vectorised ones fuse."""
    version = torch.__version__.split("+")[0]
    kernels = torch.backends.cpu.get_cpu_capability()
    if kernels not in ("AVX2", "AVX512"):
        sys.exit(f"torch runs its {kernels} kernels; it needs a CPU with AVX2, and /proc and /sys")
    return f"PyTorch {version} (Debian 13, python3-torch), {kernels} kernels"
