"""Writes what PyTorch computes for every case of layer_cases.py: outputs, gradients, statistics.

    python layers.py

Inputs, weights and the gradient of the output come from `numbers`, which layers.test.ts computes as
well, so that only results are kept. They are computed in float64 and rounded. Made with torch 2.15.0.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch

from layer_cases import CASES
from training_curves import write

HERE = Path(__file__).parent


def numbers(name, count):
    """From -2 to 2, a function of the name and the place alone."""
    h = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B1)
    h += np.uint32(zlib.crc32(name.encode()))
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2**22 - 2


def tensor(name, shape):
    return torch.tensor(numbers(name, int(np.prod(shape))).reshape(shape))


def results(name, case):
    x = (tensor(f"{name} x", case.shape) * case.scale).float().double()
    x.requires_grad_()
    w = {key: tensor(f"{name} {key}", size) for key, size in case.weights.items()}
    statistics = {key: tensor(f"{name} {key}", size).abs() for key, size in case.statistics.items()}
    for value in w.values():
        value.requires_grad_()
    y = case.function(x, w | statistics)
    y.backward(tensor(f"{name} dy", tuple(y.shape)))
    return {"y": y, "dx": x.grad} | {key: value.grad for key, value in w.items()} | statistics


def main():
    described, tensors = [], {}
    for index, case in enumerate(CASES):
        name = f"{index} {case.config['type']}"
        for key, value in results(name, case).items():
            tensors[f"{name} {key}"] = value.detach().float()
        fields = ["config", "shape", "weights", "statistics", "mode", "scale"]
        fields += ["tolerance"] if case.tolerance is not None else []
        described.append({"name": name} | {field: getattr(case, field) for field in fields})
    write("layers", tensors)
    lines = ",\n".join(json.dumps(one) for one in described)
    (HERE / "layers.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(described)} cases, {(HERE / 'layers.safetensors').stat().st_size} bytes")


if __name__ == "__main__":
    main()
