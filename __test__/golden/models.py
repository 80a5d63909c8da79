"""Writes what PyTorch computes for the built-in models at small sizes: outputs, losses, gradients.

    python models.py

A case's weights have Attune's names and layout (dense [in, out], convolution HWIO, images NHWC); they
come from `numbers` and `begun`, which models.test.ts computes as well, so that only results are kept:
the output while measuring, the loss while training, its gradients, and what running statistics become.
Computed in float64 and rounded. Made with torch 2.15.0.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch.nn import functional as F

from attention import attention, encoder
from layers import numbers, tensor
from recurrent import run as recurrent
from training_curves import write

HERE = Path(__file__).parent


@dataclass
class Case:
    model: str
    options: dict
    # The shape of the images, or of the ids.
    x: list
    # Of the labels, which are whole numbers below `classes`.
    y: list
    classes: int
    # (x, weights, train) -> scores
    function: object
    weights: dict
    # What gradients are kept of. Default: every weight.
    kept: list = field(default_factory=list)


def begun(name, key, shape):
    """First weights: of about the size that keeps the scale of what goes through them."""
    drawn = tensor(f"{name} {key}", shape)
    if len(shape) > 1:
        return drawn / math.sqrt(math.prod(shape[:-1]))
    scale = key.endswith("weight") or key.endswith("runningVariance")
    return drawn / 8 + (1 if scale else 0)


def labels(name, shape, classes):
    """Whole numbers below `classes`."""
    drawn = (numbers(name, math.prod(shape)) + 2) / 4 * classes
    return torch.tensor(drawn).floor().long().reshape(shape)


def part(w, path):
    return {key[len(path) + 1 :]: value for key, value in w.items() if key.startswith(f"{path}.")}


def under(path, weights):
    return {f"{path}.{key}": shape for key, shape in weights.items()}


def linear(x, w, path):
    return x @ w[f"{path}.weight"] + w.get(f"{path}.bias", 0)


# ---- transformers


def layer_norm(x, w, path):
    return F.layer_norm(x, x.shape[-1:], w[f"{path}.weight"], w.get(f"{path}.bias"))


def rms_norm(x, w, path):
    return F.rms_norm(x, x.shape[-1:], w[f"{path}.weight"], 1e-5)


def scores(x, w):
    return linear(x, w, "head") if "head.weight" in w else x @ w["tokens"].T


def gpt(options):
    approximate = "tanh" if "activation" in options else "none"
    attend = {"heads": options["heads"], "causal": True}

    def forward(ids, w, train):
        x = F.embedding(ids, w["tokens"]) + w["positions.weight"][: ids.shape[1]]
        for i in range(options["layers"]):
            b = part(w, f"blocks.{i}")
            y = layer_norm(x, b, "norm1")
            x = x + attention(attend, y, y, part(b, "attention"))
            y = linear(layer_norm(x, b, "norm2"), b, "mlp.layers.0")
            x = x + linear(F.gelu(y, approximate=approximate), b, "mlp.layers.1")
        return scores(layer_norm(x, w, "norm"), w)

    return forward


def gpt_weights(options, vocabulary, width):
    bias = options.get("bias", True)

    def affine(path, *shape):
        return {f"{path}.weight": list(shape)} | ({f"{path}.bias": [shape[-1]]} if bias else {})

    block = affine("norm1", width) | affine("norm2", width)
    for name in ["query", "key", "value", "output"]:
        block |= affine(f"attention.{name}", width, width)
    block |= affine("mlp.layers.0", width, 4 * width) | affine("mlp.layers.1", 4 * width, width)
    weights = {"tokens": [vocabulary, width], "positions.weight": [options["contextLength"], width]}
    for i in range(options["layers"]):
        weights |= under(f"blocks.{i}", block)
    weights |= affine("norm", width)
    return weights | ({} if options.get("tied", True) else {"head.weight": [width, vocabulary]})


def gpt_case(options, x):
    vocabulary, width = options["vocabularySize"], options["width"]
    return Case("gpt", options, x, x, vocabulary, gpt(options), gpt_weights(options, vocabulary, width))


def llama(options):
    heads = {"heads": options["heads"], "keyValueHeads": options.get("keyValueHeads", options["heads"])}

    def forward(ids, w, train):
        x = F.embedding(ids, w["tokens"])
        for i in range(options["layers"]):
            b = part(w, f"blocks.{i}")
            y = rms_norm(x, b, "norm1")
            x = x + attention(heads | {"causal": True, "rotary": True}, y, y, part(b, "attention"))
            gate, up = linear(rms_norm(x, b, "norm2"), b, "mlp.layers.0").chunk(2, -1)
            x = x + linear(F.silu(gate) * up, b, "mlp.layers.1")
        return scores(rms_norm(x, w, "norm"), w)

    return forward


def llama_case(options, x):
    vocabulary, width = options["vocabularySize"], options["width"]
    hidden = options.get("hiddenUnits", math.ceil(8 * width / 3))
    keys = width // options["heads"] * options.get("keyValueHeads", options["heads"])
    block = {f"norm{i}.weight": [width] for i in [1, 2]}
    units = {"query": width, "key": keys, "value": keys, "output": width}
    block |= {f"attention.{name}.weight": [width, size] for name, size in units.items()}
    block |= {"mlp.layers.0.weight": [width, 2 * hidden], "mlp.layers.1.weight": [hidden, width]}
    weights = {"tokens": [vocabulary, width], "norm.weight": [width]}
    for i in range(options["layers"]):
        weights |= under(f"blocks.{i}", block)
    weights |= {} if options.get("tied", True) else {"head.weight": [width, vocabulary]}
    return Case("llama", options, x, x, vocabulary, llama(options), weights)


def vit(options):
    block = {"heads": options["heads"], "hiddenUnits": options["hiddenUnits"], "norm": "pre", "activation": "gelu"}

    def forward(x, w, train):
        x = convolution(x, w, "patches", stride=options["patchSize"], padding=0).flatten(2).transpose(1, 2)
        if "class" in w:
            x = torch.cat([w["class"].expand(len(x), 1, -1), x], 1)
        x = x + w["positions.weight"]
        for i in range(options["layers"]):
            x = encoder(block, x, part(w, f"blocks.layers.{i}"))
        x = layer_norm(x, w, "norm")
        return linear(x[:, 0] if "class" in w else x.mean(1), w, "head")

    return forward


def vit_case(options, x, classes):
    width, hidden, size = options["width"], options["hiddenUnits"], options["patchSize"]

    def affine(path, *shape):
        return {f"{path}.weight": list(shape), f"{path}.bias": [shape[-1]]}

    token = options.get("pooling", "class") == "class"
    places = (x[1] // size) * (x[2] // size) + token
    weights = affine("patches", size, size, x[3], width) | ({"class": [1, 1, width]} if token else {})
    weights |= {"positions.weight": [places, width]}
    block = affine("norm1", width) | affine("norm2", width)
    for name in ["query", "key", "value", "output"]:
        block |= affine(f"attention.{name}", width, width)
    block |= affine("feedForward.hidden", width, hidden) | affine("feedForward.output", hidden, width)
    for i in range(options["layers"]):
        weights |= under(f"blocks.layers.{i}", block)
    weights |= affine("norm", width) | affine("head", width, classes)
    return Case("vit", options | {"classes": classes}, x, [x[0]], classes, vit(options), weights)


# ---- recurrent


def lstm_case(options, x):
    vocabulary, units = options["vocabularySize"], options["units"]
    config = {"type": "lstm", "units": units, "layers": 2}

    def forward(ids, w, train):
        y = recurrent(config, F.embedding(ids, w["layers.0.weight"]), part(w, "layers.2"))
        return linear(y, w, "layers.4")

    weights = {"layers.0.weight": [vocabulary, units]}
    for i in range(2):
        kinds = {"weight": [units, 4 * units], "recurrentWeight": [units, 4 * units]}
        kinds |= {"bias": [4 * units], "recurrentBias": [4 * units]}
        weights |= under(f"layers.2.layers.{i}.ahead", kinds)
    weights |= {"layers.4.weight": [units, vocabulary], "layers.4.bias": [vocabulary]}
    return Case("lstmLanguageModel", options, x, x, vocabulary, forward, weights)


# ---- residual networks


def convolution(x, w, path, stride=1, padding=1):
    """Images NCHW, weights HWIO."""
    x = x.permute(0, 3, 1, 2) if path == "patches" else x
    return F.conv2d(x, w[f"{path}.weight"].permute(3, 2, 0, 1), w.get(f"{path}.bias"), stride, padding)


def batch_norm(x, w, path, train):
    """Running statistics change in place while training."""
    names = ["runningMean", "runningVariance", "weight", "bias"]
    return F.batch_norm(x, *(w[f"{path}.{name}"] for name in names), training=train)


def basic_block(x, w, path, stride, train):
    inside, beside = f"{path}.layers.0.layer.layers", f"{path}.layers.0.projection.layers"
    y = convolution(x, w, f"{inside}.0", stride)
    y = F.relu(batch_norm(y, w, f"{inside}.1", train))
    y = batch_norm(convolution(y, w, f"{inside}.3"), w, f"{inside}.4", train)
    if f"{beside}.0.weight" in w:
        shortcut = batch_norm(convolution(x, w, f"{beside}.0", stride, 0), w, f"{beside}.1", train)
    else:
        half = (y.shape[1] - x.shape[1]) // 2
        shortcut = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, half, half))
    return F.relu(y + shortcut)


def norm_weights(path, channels):
    return {f"{path}.{name}": [channels] for name in ["weight", "bias", "runningMean", "runningVariance"]}


def res_net_case(model, options, x, blocks, projected, kept):
    """`blocks` are the channels and the stride of each."""
    width, classes = options["width"], options["classes"]
    last = len(blocks) + 4

    def forward(x, w, train):
        y = convolution(x.permute(0, 3, 1, 2), w, "layers.0")
        y = F.relu(batch_norm(y, w, "layers.1", train))
        for i, (_, stride) in enumerate(blocks):
            y = basic_block(y, w, f"layers.{i + 3}", stride, train)
        return linear(y.mean((2, 3)), w, f"layers.{last}")

    weights = {"layers.0.weight": [3, 3, x[3], width]} | norm_weights("layers.1", width)
    before = width
    for i, (channels, stride) in enumerate(blocks):
        inside, beside = (f"layers.{i + 3}.layers.0.{end}.layers" for end in ["layer", "projection"])
        weights |= {f"{inside}.0.weight": [3, 3, before, channels], f"{inside}.3.weight": [3, 3, channels, channels]}
        weights |= norm_weights(f"{inside}.1", channels) | norm_weights(f"{inside}.4", channels)
        if stride == 2 and projected:
            weights |= {f"{beside}.0.weight": [1, 1, before, channels]} | norm_weights(f"{beside}.1", channels)
        before = channels
    weights |= {f"layers.{last}.weight": [before, classes], f"layers.{last}.bias": [classes]}
    return Case(model, options, x, [x[0]], classes, forward, weights, kept)


def stages(widths, count):
    """The first block of each stage but the first halves the image."""
    return [(width, 2 if i == 0 and width > widths[0] else 1) for width in widths for i in range(count)]


GPT = {"vocabularySize": 11, "contextLength": 8, "layers": 2, "heads": 2, "width": 8}
LLAMA = {"vocabularySize": 11, "layers": 2, "heads": 4, "keyValueHeads": 2, "width": 16, "hiddenUnits": 12}
VIT = {"patchSize": 4, "layers": 2, "heads": 2, "width": 8, "hiddenUnits": 12}
TANH = {"type": "gelu", "approximate": "tanh"}
ENDS = ["layers.0.weight", "layers.1.weight", "layers.1.bias"]
CASES = [
    gpt_case(GPT, [2, 6]),
    gpt_case(GPT | {"layers": 1, "bias": False, "tied": False, "activation": TANH}, [3, 8]),
    llama_case(LLAMA, [2, 7]),
    llama_case({"vocabularySize": 7, "layers": 1, "heads": 2, "width": 8, "tied": False}, [2, 5]),
    vit_case(VIT, [3, 12, 8, 3], 5),
    vit_case(VIT | {"layers": 1, "pooling": "mean"}, [2, 8, 8, 1], 4),
    lstm_case({"vocabularySize": 11, "units": 6}, [3, 7]),
    res_net_case(
        "resNet20", {"width": 4, "classes": 5}, [4, 16, 16, 3], stages([4, 8, 16], 3), False,
        ENDS + ["layers.6.layers.0.layer.layers.0.weight", "layers.11.layers.0.layer.layers.4.weight", "layers.13.weight"],
    ),
    res_net_case(
        "resNet18", {"width": 2, "classes": 5}, [6, 16, 16, 3], stages([2, 4, 8, 16], 2), True,
        ENDS + ["layers.5.layers.0.projection.layers.0.weight", "layers.5.layers.0.projection.layers.1.bias", "layers.12.weight"],
    ),
]


def results(name, case):
    images = len(case.x) == 4
    x = tensor(f"{name} x", case.x).float().double() if images else labels(f"{name} x", case.x, case.classes)
    y = labels(f"{name} y", case.y, case.classes)
    w = {key: begun(name, key, shape).float().double() for key, shape in case.weights.items()}
    statistics = {key: value for key, value in w.items() if "running" in key}
    trained = {key: value.requires_grad_() for key, value in w.items() if key not in statistics}
    output = case.function(x, w, False)
    loss = F.cross_entropy(case.function(x, w, True).flatten(0, -2), y.flatten())
    loss.backward()
    kept = case.kept or list(trained)
    found = {"output": output, "loss": loss.reshape(1)} | {f"d{key}": trained[key].grad for key in kept}
    return found | {key: value for key, value in statistics.items() if key.startswith("layers.1.")}


def main():
    lines, tensors = [], {}
    for index, case in enumerate(CASES):
        name = f"{index} {case.model}"
        for key, value in results(name, case).items():
            tensors[f"{name} {key}"] = value.detach().float()
        fields = ["model", "options", "x", "y", "classes", "weights"]
        lines.append(json.dumps({"name": name} | {field: getattr(case, field) for field in fields}))
    write("models", tensors)
    text = ",\n".join(lines)
    (HERE / "models.json").write_text(f"[\n{text}\n]\n")
    print(f"{len(lines)} cases, {(HERE / 'models.safetensors').stat().st_size} bytes")


if __name__ == "__main__":
    main()
