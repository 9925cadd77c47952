"""PyTorch's optimizers on the CPU behind PyTorch's clipping of gradients.

Each row by a norm is there twice: with the norm that PyTorch computes, and with clstep's.
"""

import sys

import torch
from torch.nn.utils import clip_grad

from norms import Watch
from torch_run import about_torch, train
from write import Framework


def by_value(bound):
    def clip(tensors):
        clip_grad.clip_grad_value_(tensors, bound)

    return clip


def by_norm(watch, bound):
    """clip_grad_norm_(), in its two halves: PyTorch 2.6 keeps their names to itself."""
    is_global = watch.clip == "global_norm"

    def clip(tensors):
        watch.begin([tensor.grad.numpy() for tensor in tensors])
        for together in [tensors] if is_global else [[tensor] for tensor in tensors]:
            norm = watch.of(clip_grad._get_total_norm([tensor.grad for tensor in together]))
            clip_grad._clip_grads_with_norm_(together, bound, torch.from_numpy(norm))
        return watch.norms

    return clip


def rmsprop(tensors):
    return torch.optim.RMSprop(tensors, lr=0.01)


def adam(tensors):
    return torch.optim.Adam(tensors, lr=0.001)


def rows_by_norm(file, name, preset, kind, bound):
    make, title, lr = (adam, "Adam", 0.001) if preset == "adam" else (rmsprop, "RMSprop", 0.01)
    what = "clip_grad_norm_()" if kind == "global_norm" else "clip_grad_norm_() of each tensor"
    about = {"lr": lr, "clip": kind, "clip_bound": bound}
    for replaces in (False, True):
        watch = Watch(kind, replaces)
        file.row(name + watch.suffix, train(make, clip=by_norm(watch, bound)), preset,
                 how=f"{title}, {what}, {watch.whose}", norm_ulp=watch.norm_ulp, **about)


def main(folder):
    torch.set_num_threads(1)
    file = Framework("torch-clip", about_torch())
    file.row("value", train(rmsprop, clip=by_value(0.3)), "torch", how="RMSprop, clip_grad_value_()",
             lr=0.01, clip="value", clip_bound=0.3)
    # Both bounds lie among the norms of the small model.
    rows_by_norm(file, "global", "torch", "global_norm", 3100.7)
    rows_by_norm(file, "tensors", "torch", "norm", 1512.0)
    rows_by_norm(file, "adam-global", "adam", "global_norm", 0.3)
    file.write(folder)


if __name__ == "__main__":
    main(sys.argv[1])
