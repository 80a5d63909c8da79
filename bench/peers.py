"""PyTorch and numpy as peers: reads one JSON request a line, measures, writes one JSON answer.

    python -m pip install torch==2.15.0 numpy
    PYTHON=path/to/python npm run bench:peers

A request names a case and a variant: `{"case": "mlp", "variant": "compile", "repeat": 40}`. The
answer is the time of one step or one call in milliseconds, the median over `repeat`.
Steps train on one batch that stays in memory: forward, loss, backward, AdamW (fused).
"""

import json
import os
import statistics
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np
import torch
from torch import nn

torch.set_num_threads(THREADS)


def mlp():
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    return model, (128, 784), 10


def article_cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.BatchNorm2d(32),
        nn.Flatten(), nn.Linear(5408, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip
    return model, (64, 1, 28, 28), 10


def tiny():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), (16, 4), 2


MODELS = {"mlp": mlp, "article-cnn": article_cnn, "tiny": tiny}


def training_step(case, variant):
    torch.manual_seed(0)
    model, shape, classes = MODELS[case]()
    x, y = torch.randn(shape), torch.randint(0, classes, (shape[0],))
    if variant == "channels-last":
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
    forward = torch.compile(model) if variant == "compile" else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(forward(x), y).backward()
        optimizer.step()

    return step


def matmul(n, library):
    a, b = np.random.rand(n, n).astype(np.float32), np.random.rand(n, n).astype(np.float32)
    c = np.empty((n, n), np.float32)
    if library == "numpy":
        return lambda: np.matmul(a, b, out=c)
    a, b, c = torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(c)
    return lambda: torch.matmul(a, b, out=c)


def conv(channels, size):
    x = torch.randn(32, channels, size, size).to(memory_format=torch.channels_last)
    layer = nn.Conv2d(channels, channels, 3, padding=1, bias=False).to(memory_format=torch.channels_last)

    def call():
        with torch.no_grad():
            layer(x)

    return call


def build(case, variant):
    kind, _, rest = case.partition(":")
    if kind == "matmul":
        return matmul(int(rest), variant)
    if kind == "conv":
        channels, size = rest.split("x")
        return conv(int(channels), int(size))
    return training_step(case, variant)


def main():
    built = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = request["case"], request["variant"]
        if key not in built:
            built[key] = build(*key)
            for _ in range(10):
                built[key]()
        times = []
        for _ in range(request["repeat"]):
            start = time.perf_counter()
            built[key]()
            times.append(time.perf_counter() - start)
        print(json.dumps({"ms": 1e3 * statistics.median(times)}), flush=True)


if __name__ == "__main__":
    main()
