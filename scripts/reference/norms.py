"""clstep's norm of gradients (kernels/abi/norm.h) in numpy's fp32, and how it gets into a framework."""

import numpy as np

LANES = 32
FOUR = 4
PART = 2048
LEAF = 32 * PART
OWN_NORM = 2  # how many ulps a framework's norm may be from clstep's
NOTHING = (np.float32(0), np.float32(0))


def fma(x, z):
    """x x + z for z >= 0, rounded once: first to the odd one of two neighbours in double."""
    square, z = np.square(x, dtype=np.float64), z.astype(np.float64)
    total = square + z
    added = total - square
    lost = (square - (total - added)) + (z - added)
    bits = total.view(np.int64)
    inexact = (lost != 0) & (bits % 2 == 0)
    return (bits + np.where(inexact, np.where(lost > 0, 1, -1), 0)).view(np.float64).astype(np.float32)


def add(a, b):
    """Sums of two fp32 numbers: the rounded one, and what roundings have lost."""
    rounded = a[0] + b[0]
    added = rounded - a[0]
    return rounded, ((a[0] - (rounded - added)) + (b[0] - added)) + (a[1] + b[1])


def add_neighbours(lanes):
    while len(lanes[0]) > 1:
        lanes = add((lanes[0][::2], lanes[1][::2]), (lanes[0][1::2], lanes[1][1::2]))
    return lanes[0][0], lanes[1][0]


def sum_of_part(grad):
    none = np.zeros(LANES, np.float32)
    lanes = none, none
    padded = np.concatenate([grad, np.zeros(-len(grad) % (FOUR * LANES), np.float32)])
    for rows in padded.reshape(-1, FOUR, LANES):
        squares = none
        for row in rows:
            squares = fma(row, squares)
        lanes = add(lanes, (squares, none))
    return add_neighbours(lanes)


def sums_of_leaves(grad):
    grad = np.asarray(grad, np.float32).reshape(-1)
    for leaf in (grad[i : i + LEAF] for i in range(0, len(grad), LEAF)):
        total = NOTHING
        for part in (leaf[i : i + PART] for i in range(0, len(leaf), PART)):
            total = add(total, sum_of_part(part))
        yield total


def root(total):
    return np.sqrt(total[0] + total[1])


def norm_of_tensor(grad):
    total = NOTHING
    for leaf in sums_of_leaves(grad):
        total = add(total, leaf)
    return root(total)


def global_norm(grads):
    lanes = [NOTHING] * LANES
    leaves = [leaf for grad in grads for leaf in sums_of_leaves(grad)]
    for k, leaf in enumerate(leaves):
        lanes[k % LANES] = add(lanes[k % LANES], leaf)
    return root(add_neighbours(tuple(np.array(numbers, np.float32) for numbers in zip(*lanes))))


def norms_of(grads, clip):
    """By what a step clips: one norm, or one for each tensor."""
    return [global_norm(grads)] if clip == "global_norm" else [norm_of_tensor(g) for g in grads]


class Watch:
    """Sees the norms that a framework has computed in a step, or replaces them by clstep's."""

    def __init__(self, clip, replaces):
        self.clip = clip
        self.replaces = replaces
        self.suffix = "-our-norm" if replaces else ""
        self.whose = "clstep's norm" if replaces else "its own norm"
        self.norm_ulp = 0 if replaces else OWN_NORM

    def begin(self, grads):
        self.norms = []
        self.ours = norms_of(grads, self.clip) if self.replaces else None

    def of(self, norm):
        """The norm to go on with, as numpy's fp32 array of the same shape."""
        norm = np.asarray(norm, np.float32)
        if self.replaces:
            norm = np.full_like(norm, self.ours[len(self.norms)])
        self.norms.append(norm.reshape(()))
        return norm


class Operations:
    """A module of operations, but for maximum(norm, bound), by which Keras clips a tensor."""

    def __init__(self, module, watch):
        self.module = module
        self.watch = watch

    def __getattr__(self, name):
        return getattr(self.module, name)

    def maximum(self, norm, bound):
        return self.module.maximum(self.watch.of(norm), bound)
