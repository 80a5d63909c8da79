"""Fifty training steps of three networks in PyTorch, written as golden files.

    python -m pip install torch==2.15.0 numpy
    python __test__/golden/training_curves.py crates/data/embedded/digits.csv.gz

Each `<name>.safetensors` beside this program holds `initial.*` and `final.*` weights in Attune's
layout (dense [in, out], convolution HWIO, flattened features in NHWC order), the row numbers of
every batch (`order`, int32 [steps, batch]) and the loss of every step (`losses`).
Pixels are divided by 16; the perceptron sees each digit three times as large, centred in 28 x 28.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

STEPS = 50
HERE = Path(__file__).parent


def digits(path):
    with gzip.open(path, "rt") as lines:
        rows = np.loadtxt(lines, delimiter=",")
    return rows[:, :64].reshape(-1, 8, 8) / 16, rows[:, 64].astype(np.int64)


def enlarged(images):
    large = images.repeat(3, axis=1).repeat(3, axis=2)
    return np.pad(large, ((0, 0), (2, 2), (2, 2)))


def attune_layout(name, layer, flattened):
    """The tensors of a layer in Attune's layout; `flattened` is (channels, height, width) or None."""
    tensors = {}
    if isinstance(layer, nn.Conv2d):
        tensors["weight"] = layer.weight.permute(2, 3, 1, 0)
    elif isinstance(layer, nn.Linear):
        weight = layer.weight.T
        if flattened is not None:
            c, h, w = flattened
            weight = weight.reshape(c, h, w, -1).permute(1, 2, 0, 3).reshape(c * h * w, -1)
        tensors["weight"] = weight
    elif isinstance(layer, nn.BatchNorm2d):
        tensors["weight"] = layer.weight
        tensors["runningMean"] = layer.running_mean
        tensors["runningVariance"] = layer.running_var
    if tensors:
        tensors["bias"] = layer.bias
    return {f"{name}.{key}": value.detach().clone() for key, value in tensors.items()}


def weights(prefix, model, names, flattened):
    tensors = {}
    first_dense = True
    for name, layer in zip(names, model):
        tensors |= attune_layout(f"{prefix}.{name}", layer, flattened if first_dense else None)
        first_dense = first_dense and not isinstance(layer, nn.Linear)
    return tensors


def write(name, tensors):
    """Writes a safetensors file: length of the header, header, data."""
    header, data = {}, b""
    for key, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.numpy())
        dtype = {"float32": "F32", "int32": "I32", "uint8": "U8"}[str(array.dtype)]
        end = len(data) + array.nbytes
        header[key] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (HERE / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def train(name, model, names, optimizer, images, labels, batch, flattened=None, clip=None):
    """`names` are Attune's layer names for the layers of `model`, in order."""
    order = np.random.default_rng(0).integers(0, len(labels), (STEPS, batch))
    tensors = weights("initial", model, names, flattened)
    losses = []
    for rows in order:
        optimizer.zero_grad()
        x = torch.tensor(images[rows], dtype=torch.float32)
        loss = nn.functional.cross_entropy(model(x), torch.tensor(labels[rows]))
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    tensors |= weights("final", model, names, flattened)
    tensors["losses"] = torch.tensor(losses, dtype=torch.float32)
    tensors["order"] = torch.tensor(order, dtype=torch.int32)
    write(name, tensors)
    print(f"{name}: loss {losses[0]:.4f} to {losses[-1]:.4f}")


def main(path):
    torch.manual_seed(0)
    images, labels = digits(path)
    small, large = images[:, None], enlarged(images)[:, None]

    # Attune's names skip nothing: activations belong to their layer, so indices differ.
    mlp = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10)
    )
    names = ["layers.0", "layers.1", "", "layers.2", "", "layers.3"]
    train("mlp", mlp, names, torch.optim.SGD(mlp.parameters(), 0.01), large, labels, 32)

    cnn = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.Flatten(),
        nn.Linear(288, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    names = ["layers.0", "", "layers.1", "layers.3", "layers.4", "layers.5", "", "layers.7"]
    # Where a channel is never clipped, batch norm cancels the convolution's bias: its gradient is
    # rounding alone. With epsilon 1e-8 Adam makes whole steps of that, and PyTorch's own float32
    # and float64 runs part by 3e-4 in loss and 2e-2 in weights; with 1e-3 by 1e-6 and 1e-5.
    optimizer = torch.optim.Adam(cnn.parameters(), 1e-3, eps=1e-3)
    train("article-cnn", cnn, names, optimizer, small, labels, 64, (32, 3, 3))

    strided = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1, groups=4),
        nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip
    names = ["layers.0", "", "layers.1", "", "layers.2", "layers.3", "layers.4"]
    optimizer = torch.optim.AdamW(strided.parameters(), 1e-2, weight_decay=0.05)
    train("strided-cnn", strided, names, optimizer, small, labels, 48, (32, 2, 2), clip=0.5)


if __name__ == "__main__":
    main(sys.argv[1])
