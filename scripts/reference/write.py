"""Runs the rows of a framework on the inputs and writes what came of it as safetensors."""

import json
import os
import sys
import zlib

import numpy as np

from inputs import LARGE, SMALL, STEPS

QUIET_NAN = 0x7FC00000
FLUSHED = "flushed"


class Framework:
    """The rows of one framework, and the file that they become."""

    def __init__(self, name, description):
        self.name = name
        self.description = description
        self.rows = {}
        self.tensors = {}

    def row(self, name, run, preset, *, how=None, subnormals=None, differs=None, norm_ulp=None,
            **fields):
        """Adds a row.

        run(parameters, gradients): a generator that takes the initial parameters and the gradients
        of every step, and yields after each step (parameters, {state's name: arrays}). Where the
        gradients are clipped by a norm, "norm" is one of the names: the norms of the step.
        fields: the members of clstep_rule that are not as in the preset.
        subnormals: FLUSHED where the framework takes subnormal gradients for zeros.
        differs: (reason, ulps after step 1, ulps after step 20) where the bits are not clstep's.
        norm_ulp: how far the norms may be from clstep's.
        """
        about = {"preset": preset, **fields, "expect": "differs" if differs else "equal"}
        if how:
            about["how"] = how
        if subnormals:
            about["subnormals"] = subnormals
        if differs:
            about["reason"], about["ulp_after_1"], about["ulp_after_20"] = differs
        if norm_ulp is not None:
            about["norm_ulp"] = norm_ulp
        self.rows[name] = about

        small = follow(SMALL, run)
        for array, steps in small.items():
            self.tensors[f"{name}/{array}"] = np.stack(steps)
        large = follow(LARGE, run)
        if norm_ulp is not None:
            self.tensors[f"{name}/large.norm"] = np.stack(large.pop("norm"))
        for array, steps in large.items():
            self.tensors[f"{name}/large.{array}.crc"] = crcs(steps)
        if differs:
            self.tensors[f"{name}/large.param.values"] = np.stack(
                [large["param"][0], large["param"][STEPS - 1]]
            )
        print(f"  {name}", file=sys.stderr)

    def write(self, folder):
        write(
            os.path.join(folder, f"{self.name}.safetensors"),
            self.tensors,
            {
                "framework": self.description,
                "cpu": cpu(),
                "command": f"scripts/reference/run {self.name}",
                "rows": json.dumps(self.rows),
            },
        )


def follow(model, run):
    """{array's name: [all tensors' elements in a row, after each step]}"""
    gradients = [model.gradients(t) for t in range(STEPS)]
    arrays = {}
    for parameters, states in run(model.parameters(), gradients):
        for name, tensors in {"param": parameters, **states}.items():
            flat = [np.asarray(tensor, np.float32).reshape(-1) for tensor in tensors]
            arrays.setdefault(name, []).append(one_nan(np.concatenate(flat)))
    return arrays


def one_nan(values):
    """The same NaN for all NaNs: which one an operation gives is the processor's business."""
    bits = values.view(np.uint32).copy()
    bits[(bits & 0x7FFFFFFF) > 0x7F800000] = QUIET_NAN
    return bits.view(np.float32)


def crcs(steps):
    return np.array([zlib.crc32(values.astype("<f4").tobytes()) for values in steps], np.uint32)


def cpu():
    """The processor and what of it numerical libraries choose their code by."""
    about = {}
    with open("/proc/cpuinfo", encoding="ascii") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            about.setdefault(key.strip(), value.strip())
    flags = about["flags"].split()
    wanted = [flag for flag in ("avx2", "fma", "avx512f") if flag in flags]
    return (
        f"{about['model name']}, family {about['cpu family']} model {about['model']}, "
        f"{' '.join(wanted)}{'' if 'avx512f' in wanted else ', no avx512'}"
    )


KINDS = {np.dtype("<f4"): "F32", np.dtype("<u4"): "U32"}


def write(path, tensors, metadata):
    header = {"__metadata__": metadata}
    data = []
    end = 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": KINDS[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
        data.append(array.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(data))
