"""PyTorch for the tests of files: what parameters and state become in ten steps (`clstep apply` must
make the same of files), and states to be continued by clstep."""

import json
import os
import sys
import zlib

import numpy as np
import torch

from inputs import SMALL, Model
from torch_run import STATES, about_torch
from write import cpu, one_nan, write

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import clstep_state  # the helper that users have

NAMES = ["scale", "norm.weight", "empty", "head.weight", "embed \"é\"", "conv.0/kernel:0"]
FILES = Model("files", 3, [(1,), (7,), (0,), (33, 5), (4099,), (3, 3, 64, 17)])
APPLIED = 10  # steps
STOPPED = 10  # where a state is handed over

RMSPROP = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "centered": {"centered": True},
    "all": {"momentum": 0.9, "centered": True, "weight_decay": 0.01},
}


def trained(model, make, steps):
    """The parameters and the optimizer after so many steps."""
    tensors = [torch.nn.Parameter(torch.tensor(p)) for p in model.parameters()]
    optimizer = make(tensors)
    for t in range(steps):
        for tensor, grad in zip(tensors, model.gradients(t)):
            tensor.grad = torch.tensor(grad)
        optimizer.step()
    return tensors, optimizer


def crc(array):
    values = one_nan(np.asarray(array, np.float32).reshape(-1))
    return np.array([zlib.crc32(values.astype("<f4").tobytes())], np.uint32)


def applied(folder):
    tensors = {}
    for row, options in RMSPROP.items():
        make = lambda params, o=options: torch.optim.RMSprop(params, lr=0.01, **o)
        params, optimizer = trained(FILES, make, APPLIED)
        for name, param in zip(NAMES, params):
            tensors[f"{row}/{name}"] = crc(param.detach().numpy())
            for state in STATES:
                value = optimizer.state[param].get(state)
                if value is not None:
                    tensors[f"{row}/{name}.{state}"] = crc(value.numpy())
    metadata = {
        "framework": about_torch(),
        "cpu": cpu(),
        "command": "scripts/reference/run torch-files",
        "steps": str(APPLIED),
        "rows": json.dumps({row: {"preset": "torch", "lr": 0.01, **o} for row, o in RMSPROP.items()}),
    }
    write(f"{folder}/torch-files.safetensors", tensors, metadata)


def handed_over(folder):
    """States in PyTorch's own words; the rest of the run is in torch.safetensors."""
    optimizers = {
        "all": lambda p: torch.optim.RMSprop(
            p, lr=0.01, momentum=0.9, centered=True, weight_decay=0.01, maximize=True),
        "momentum": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.9),
        "sgd-nesterov": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
        "adagrad-lr-decay": lambda p: torch.optim.Adagrad(p, lr=0.01, lr_decay=0.1),
        "adam-decay": lambda p: torch.optim.Adam(p, lr=0.001, weight_decay=0.01),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.001, weight_decay=0.01),
    }
    for row, make in optimizers.items():
        params, optimizer = trained(SMALL, make, STOPPED)
        named = [(f"t{k}", param) for k, param in enumerate(params)]
        clstep_state.save_torch(optimizer, named, f"{folder}/torch-state-{row}.safetensors", STOPPED)


def main(folder):
    torch.set_num_threads(1)
    applied(folder)
    handed_over(folder)


if __name__ == "__main__":
    main(sys.argv[1])
