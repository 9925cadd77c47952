"""The seeded parameters and gradients, made by integers only, so that any language has the same bits.

tests/reference/README.md tells the generator; this is it, one element at a time.
"""

import numpy as np

STEPS = 20
MASK = (1 << 64) - 1
PARAMETER = 255  # in the place of the step


class Model:
    """Tensors of some shapes; `number` keeps the numbers of two models apart."""

    def __init__(self, name, number, shapes):
        self.name = name
        self.number = number
        self.shapes = shapes

    def parameters(self):
        return [
            self._tensor(shape, lambda i, k=k: parameter_bits(self.number, k, i))
            for k, shape in enumerate(self.shapes)
        ]

    def gradients(self, t):
        return [
            self._tensor(shape, lambda i, k=k: gradient_bits(self.number, k, t, i))
            for k, shape in enumerate(self.shapes)
        ]

    @staticmethod
    def _tensor(shape, bits):
        count = int(np.prod(shape))
        return np.array([bits(i) for i in range(count)], np.uint32).view(np.float32).reshape(shape)


SMALL = Model("small", 1, [(1,), (7,), (0,), (33, 3), (2, 3, 5)])
LARGE = Model("large", 2, [(4099,)])


def splitmix64(key):
    z = (key + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def random(model, tensor, t, i):
    return splitmix64(model << 56 | tensor << 48 | t << 32 | i)


def fp32(sign, exponent, r):
    return sign << 31 | exponent << 23 | (r >> 41) & 0x7FFFFF


def parameter_bits(model, tensor, i):
    r = random(model, tensor, PARAMETER, i)
    return fp32(r & 1, 127 - 10 + (r >> 1) % 14, r)


def gradient_bits(model, tensor, t, i):
    kind = i % 16
    if kind == 0:  # always zero
        return 0
    if kind == 1:  # constant
        return ordinary_bits(random(model, tensor, 0, i))
    if kind == 3:  # the sign alternates
        return ordinary_bits(random(model, tensor, 0, i)) ^ (t & 1) << 31
    r = random(model, tensor, t, i)
    if kind == 2:  # subnormal
        return fp32(r & 1, 0, r)
    if kind == 4 and (r >> 8) % 4 == 0:  # now and then zero
        return 0
    return ordinary_bits(r)


def ordinary_bits(r):
    return fp32(r & 1, 127 - 20 + (r >> 1) % 31, r)
