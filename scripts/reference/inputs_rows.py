"""inputs.safetensors: the inputs themselves, for a reader to hold its own generator against."""

import sys

import numpy as np

from inputs import LARGE, SMALL, STEPS
from write import crcs, write


def flat(tensors):
    return np.concatenate([tensor.reshape(-1) for tensor in tensors])


def main(folder):
    tensors = {
        "param": flat(SMALL.parameters()),
        "grad": np.stack([flat(SMALL.gradients(t)) for t in range(STEPS)]),
        "large.param.crc": crcs([flat(LARGE.parameters())]),
        "large.grad.crc": crcs([flat(LARGE.gradients(t)) for t in range(STEPS)]),
    }
    write(f"{folder}/inputs.safetensors", tensors, {"command": "scripts/reference/run inputs"})


main(sys.argv[1])
