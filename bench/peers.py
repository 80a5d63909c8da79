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


class BasicBlock(nn.Module):
    """Two convolutions beside a shortcut, which is a convolution where the shape changes."""

    def __init__(self, channels, filters, stride, projects):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters),
        )  # fmt: skip
        self.stride, self.more = stride, filters - channels
        self.shortcut = None
        if projects and (stride > 1 or self.more):
            conv = nn.Conv2d(channels, filters, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(filters))

    def forward(self, x):
        if self.shortcut is not None:
            same = self.shortcut(x)
        else:
            same = nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return torch.relu(self.body(x) + same)


def res_net(widths, blocks, projects):
    layers = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    channels = widths[0]
    for stage, filters in enumerate(widths):
        for block in range(blocks):
            layers.append(BasicBlock(channels, filters, 2 if stage and not block else 1, projects))
            channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def res_net_18():
    return res_net([64, 128, 256, 512], 2, True), (32, 3, 32, 32), 10


def res_net_20():
    return res_net([16, 32, 64], 3, False), (128, 3, 32, 32), 10


class GptBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    """The scores share the weight of the tokens."""

    def __init__(self, layers, heads, width, vocabulary, time):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(time, width)
        self.blocks = nn.Sequential(*(GptBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        scores = nn.functional.linear(self.norm(self.blocks(x)), self.tokens.weight)
        return scores.flatten(0, 1)


def gpt(layers, heads, width, vocabulary, time, batch):
    return lambda: (Gpt(layers, heads, width, vocabulary, time), (batch, time), vocabulary)


class LstmLanguageModel(nn.Module):
    def __init__(self, vocabulary, units):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, units)
        self.lstm = nn.LSTM(units, units, 2, batch_first=True)
        self.head = nn.Linear(units, vocabulary)

    def forward(self, ids):
        return self.head(self.lstm(self.tokens(ids))[0]).flatten(0, 1)


def lstm():
    return LstmLanguageModel(65, 256), (32, 64), 65


# Models of ids, told the next id at each place.
LANGUAGE = {
    "gpt-4x128": gpt(4, 4, 128, 65, 64, 12),
    "gpt-6x384": gpt(6, 6, 384, 65, 256, 8),
    "gpt2-64": gpt(12, 12, 768, 50257, 64, 4),
    "gpt2-512": gpt(12, 12, 768, 50257, 512, 1),
    "lstm": lstm,
}

MODELS = LANGUAGE | {
    "mlp": mlp,
    "article-cnn": article_cnn,
    "resnet-18": res_net_18,
    "resnet-20": res_net_20,
    "tiny": tiny,
}


def training_step(case, variant):
    torch.manual_seed(0)
    model, shape, classes = MODELS[case]()
    if case in LANGUAGE:
        x, y = torch.randint(0, classes, shape), torch.randint(0, classes, shape).flatten()
    else:
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


def conv_step(batch, size, channels, filters):
    form = torch.channels_last
    x = torch.randn(batch, channels, size, size).to(memory_format=form).requires_grad_()
    layer = nn.Conv2d(channels, filters, 3, padding=1, bias=False).to(memory_format=form)
    dy = torch.randn(batch, filters, size, size).to(memory_format=form)

    def call():
        x.grad = layer.weight.grad = None
        layer(x).backward(dy)

    return call


def build(case, variant):
    kind, _, rest = case.partition(":")
    if kind == "matmul":
        return matmul(int(rest), variant)
    if kind == "conv":
        channels, size = rest.split("x")
        return conv(int(channels), int(size))
    if kind == "convStep":
        return conv_step(*(int(number) for number in rest.split("x")))
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
