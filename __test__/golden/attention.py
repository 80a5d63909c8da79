"""Writes what PyTorch computes for attention, transformer blocks and embeddings: outputs and gradients.

    python attention.py

Like layers.py, for layers with more than one input, or inputs that are no floats. A case's weights
have Attune's names and layout ([in, out]); those of PyTorch's modules are put together from them.
Made with torch 2.15.0.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from layers import tensor
from training_curves import write

HERE = Path(__file__).parent


@dataclass
class Case:
    config: dict
    # Shapes of the float inputs, and integer inputs with their values, in order.
    inputs: list
    function: object
    weights: dict = field(default_factory=dict)


def projections(width, channels, kv, bias=True):
    """Shapes of the four projections of an attention."""
    shapes = {"query": [width, width], "key": [channels, kv], "value": [channels, kv], "output": [width, width]}
    weights = {f"{name}.weight": shape for name, shape in shapes.items()}
    return weights | ({f"{name}.bias": shape[1:] for name, shape in shapes.items()} if bias else {})


def under(path, weights):
    return {f"{path}.{name}": shape for name, shape in weights.items()}


def seen(mask, batch, time):
    """A mask [batch, 1, 1, time] of the keys that are there, of lengths or a mask."""
    if mask is None:
        return torch.ones(batch, 1, 1, time, dtype=torch.bool)
    if mask.dim() == 1:
        return (torch.arange(time) < mask[:, None])[:, None, None]
    return (mask != 0)[:, None, None]


def rotated(x, base=10_000.0):
    """[batch, heads, time, size] turned as in Llama."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2])[:, None] * base ** (-torch.arange(half).double() / half)
    cos, sin = (torch.cat([f(angle)] * 2, -1) for f in (torch.cos, torch.sin))
    turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    return x * cos + turned * sin


def attention(config, x, context, w, mask=None):
    """By scaled_dot_product_attention, which has grouped queries."""
    heads, kv = config["heads"], config.get("keyValueHeads", config["heads"])
    split = lambda y, count: y.unflatten(-1, (count, -1)).transpose(1, 2)
    linear = lambda y, name: y @ w[f"{name}.weight"] + w.get(f"{name}.bias", 0)
    q, k, v = split(linear(x, "query"), heads), split(linear(context, "key"), kv), split(linear(context, "value"), kv)
    if config.get("rotary"):
        q, k = rotated(q), rotated(k)
    visible = seen(mask, x.shape[0], context.shape[1])
    if config.get("causal"):
        visible = visible & torch.ones(x.shape[1], context.shape[1], dtype=torch.bool).tril()
    y = functional.scaled_dot_product_attention(q, k, v, attn_mask=visible, enable_gqa=True)
    return linear(y.transpose(1, 2).flatten(-2), "output")


def multihead(module, w, path=""):
    """Gives a MultiheadAttention the projections of `path`."""
    names = ["query", "key", "value"]
    packed = torch.cat([w[f"{path}{name}.weight"].T for name in names])
    given = {"in_proj_weight": packed, "out_proj.weight": w[f"{path}output.weight"].T}
    if f"{path}query.bias" in w:
        given["in_proj_bias"] = torch.cat([w[f"{path}{name}.bias"] for name in names])
        given["out_proj.bias"] = w[f"{path}output.bias"]
    return given


def functional_call(module, given, *args, **options):
    return torch.func.functional_call(module.double(), given, args, options)


def by_multihead(config, x, context, w, mask=None, causal=False):
    module = nn.MultiheadAttention(x.shape[-1], config["heads"], batch_first=True)
    padding = None if mask is None else ~seen(mask, x.shape[0], context.shape[1])[:, 0, 0]
    hidden = torch.ones(x.shape[1], context.shape[1], dtype=torch.bool).triu(1) if causal else None
    options = dict(key_padding_mask=padding, attn_mask=hidden, need_weights=False)
    return functional_call(module, multihead(module, w), x, context, context, **options)[0]


def linear_of(w, theirs, ours):
    return {f"{theirs}.weight": w[f"{ours}.weight"].T, f"{theirs}.bias": w[f"{ours}.bias"]}


def norm_of(w, name):
    return {f"{name}.weight": w[f"{name}.weight"], f"{name}.bias": w[f"{name}.bias"]}


def prefixed(path, given):
    return {f"{path}.{name}": value for name, value in given.items()}


def encoder(config, x, w, mask=None):
    pre = config.get("norm") == "pre"
    options = dict(dropout=0.0, activation=config.get("activation", "relu"), batch_first=True, norm_first=pre)
    module = nn.TransformerEncoderLayer(x.shape[-1], config["heads"], config["hiddenUnits"], **options)
    given = prefixed("self_attn", multihead(module.self_attn, w, "attention."))
    given |= linear_of(w, "linear1", "feedForward.hidden") | linear_of(w, "linear2", "feedForward.output")
    given |= norm_of(w, "norm1") | norm_of(w, "norm2")
    padding = None if mask is None else ~seen(mask, x.shape[0], x.shape[1])[:, 0, 0]
    hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1) if config.get("causal") else None
    return functional_call(module, given, x, src_mask=hidden, src_key_padding_mask=padding)


def decoder(config, x, context, w, mask=None):
    pre = config.get("norm") == "pre"
    options = dict(dropout=0.0, activation=config.get("activation", "relu"), batch_first=True, norm_first=pre)
    module = nn.TransformerDecoderLayer(x.shape[-1], config["heads"], config["hiddenUnits"], **options)
    given = prefixed("self_attn", multihead(module.self_attn, w, "selfAttention."))
    given |= prefixed("multihead_attn", multihead(module.multihead_attn, w, "crossAttention."))
    given |= linear_of(w, "linear1", "feedForward.hidden") | linear_of(w, "linear2", "feedForward.output")
    for name in ["norm1", "norm2", "norm3"]:
        given |= norm_of(w, name)
    padding = None if mask is None else ~seen(mask, x.shape[0], context.shape[1])[:, 0, 0]
    hidden = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
    return functional_call(module, given, x, context, tgt_mask=hidden, memory_key_padding_mask=padding)


def block(width, hidden, attentions, norms):
    weights = {}
    for name in attentions:
        weights |= under(name, projections(width, width, width))
    for i in range(norms):
        weights |= {f"norm{i + 1}.weight": [width], f"norm{i + 1}.bias": [width]}
    maps = {"hidden": [width, hidden], "output": [hidden, width]}
    for name, shape in maps.items():
        weights |= {f"feedForward.{name}.weight": shape, f"feedForward.{name}.bias": shape[1:]}
    return weights


def sinusoids(x):
    _, time, channels = x.shape
    even = torch.arange(channels) // 2 * 2
    angle = torch.arange(time)[:, None] * 10_000.0 ** (-even.double() / channels)
    return x + torch.where(torch.arange(channels) % 2 == 0, angle.sin(), angle.cos())


def embedded(config, x, w):
    """The padding's vector is zeros, as nn.Embedding begins."""
    padding = config.get("paddingIndex")
    kept = torch.tensor([[float(i != padding)] for i in range(len(w["weight"]))])
    return functional.embedding(x, w["weight"] * kept, padding_idx=padding)


def self_case(config, shape, mask=None, function=None):
    config = {"type": "selfAttention"} | config
    width, heads = shape[-1], config["heads"]
    kv = config.get("keyValueHeads", heads) * (width // heads)
    weights = projections(width, width, kv, config.get("bias", True))
    run = function or (lambda x, *rest: attention(config, x, x, rest[-1], *rest[:-1]))
    return Case(config, [shape] + ([mask] if mask else []), run, weights)


def cross_case(config, shape, context, mask=None, function=None):
    config = {"type": "crossAttention"} | config
    width, heads = shape[-1], config["heads"]
    kv = config.get("keyValueHeads", heads) * (width // heads)
    run = function or (lambda x, c, *rest: attention(config, x, c, rest[-1], *rest[:-1]))
    inputs = [shape, context] + ([mask] if mask else [])
    return Case(config, inputs, run, projections(width, context[-1], kv, config.get("bias", True)))


def encoder_case(config, shape, mask=None):
    config = {"type": "transformerEncoderBlock", "dropout": 0} | config
    run = lambda x, *rest: encoder(config, x, rest[-1], *rest[:-1])
    inputs = [shape] + ([mask] if mask else [])
    return Case(config, inputs, run, block(shape[-1], config["hiddenUnits"], ["attention"], 2))


def decoder_case(config, shape, context, mask=None):
    config = {"type": "transformerDecoderBlock", "dropout": 0} | config
    run = lambda x, c, *rest: decoder(config, x, c, rest[-1], *rest[:-1])
    inputs = [shape, context] + ([mask] if mask else [])
    attentions = ["selfAttention", "crossAttention"]
    return Case(config, inputs, run, block(shape[-1], config["hiddenUnits"], attentions, 3))


def embedding_case(options, entries):
    config = {"type": "embedding", "vocabularySize": 7, "units": 3} | options
    return Case(config, [entries], lambda x, w: embedded(config, x, w), {"weight": [7, 3]})


def masked_case(options, entries, pool, heads=None):
    """Embedded, attended to where there are heads, and pooled, over the entries that are no padding."""
    width = 4
    attending = [{"type": "selfAttention", "heads": heads}] if heads else []
    layers = [{"type": "embedding", "vocabularySize": 7, "units": width}, *attending, {"type": pool}]
    weights = {"layers.0.weight": [7, width]}
    if heads:
        inner = projections(width, width, width, True)
        weights |= {f"layers.1.{key}": shape for key, shape in inner.items()}

    def run(x, w):
        there = x != options.get("paddingIndex", 0)
        y = functional.embedding(x, w["layers.0.weight"])
        if heads:
            own = {key[9:]: value for key, value in w.items() if key.startswith("layers.1.")}
            y = attention(attending[0], y, y, own, there.long())
        if pool == "globalAvgPool":
            return (y * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return y.masked_fill(~there[..., None], -torch.inf).amax(1)

    return Case({"type": "masked", "layers": layers} | options, [entries], run, weights)


MULTIHEAD = {"heads": 2}
CASES = [
    self_case(MULTIHEAD, [2, 5, 8], None, lambda x, w: by_multihead(MULTIHEAD, x, x, w)),
    self_case(MULTIHEAD | {"causal": True}, [1, 7, 6], None, lambda x, w: by_multihead(MULTIHEAD, x, x, w, causal=True)),
    self_case(MULTIHEAD, [3, 4, 8], [1, 4, 3], lambda x, m, w: by_multihead(MULTIHEAD, x, x, w, m)),
    self_case({"heads": 4, "keyValueHeads": 2, "rotary": True, "bias": False}, [2, 6, 16]),
    self_case({"heads": 4, "keyValueHeads": 1, "rotary": True, "causal": True}, [2, 5, 16], [[1, 0, 1, 1, 0], [1, 1, 1, 0, 0]]),
    self_case({"heads": 3, "causal": True}, [1, 37, 12]),
    cross_case(MULTIHEAD, [2, 3, 8], [2, 5, 8], None, lambda x, c, w: by_multihead(MULTIHEAD, x, c, w)),
    cross_case(MULTIHEAD, [2, 3, 8], [2, 5, 8], [2, 5], lambda x, c, m, w: by_multihead(MULTIHEAD, x, c, w, m)),
    cross_case({"heads": 4, "keyValueHeads": 2}, [2, 4, 8], [2, 3, 5]),
    encoder_case({"heads": 2, "hiddenUnits": 12}, [2, 4, 8]),
    encoder_case({"heads": 2, "hiddenUnits": 10, "norm": "pre", "activation": "gelu"}, [2, 5, 6], [5, 2]),
    encoder_case({"heads": 4, "hiddenUnits": 8, "norm": "pre", "causal": True}, [1, 6, 8]),
    decoder_case({"heads": 2, "hiddenUnits": 12}, [2, 4, 8], [2, 3, 8]),
    decoder_case({"heads": 2, "hiddenUnits": 10, "norm": "pre", "activation": "gelu"}, [2, 3, 6], [2, 5, 6], [4, 5]),
    decoder_case({"heads": 4, "hiddenUnits": 8, "activation": "gelu"}, [1, 5, 8], [1, 2, 8]),
    embedding_case({}, [[0, 3, 6], [3, 3, 1]]),
    embedding_case({"paddingIndex": 0}, [[0, 3, 6, 0], [5, 3, 1, 2]]),
    embedding_case({"paddingIndex": 3}, [3, 3, 1]),
    Case({"type": "positionEmbedding", "kind": "sinusoidal"}, [[2, 6, 5]], lambda x, w: sinusoids(x)),
    Case({"type": "positionEmbedding"}, [[2, 3, 4]], lambda x, w: x + w["weight"], {"weight": [3, 4]}),
    Case({"type": "positionEmbedding", "maxLength": 5}, [[2, 3, 4]], lambda x, w: x + w["weight"][:3], {"weight": [5, 4]}),
    masked_case({}, [[3, 6, 0, 0], [5, 3, 1, 2]], "globalAvgPool"),
    masked_case({"paddingIndex": 6}, [[3, 0, 1, 6], [5, 6, 6, 6]], "globalMaxPool"),
    masked_case({}, [[3, 6, 1, 0, 0], [5, 3, 1, 2, 4]], "globalAvgPool", heads=2),
]


def is_shape(case, i):
    """Whether input `i` is given by its shape: a sequence, and no entries, lengths or mask."""
    if case.config["type"] in ["embedding", "masked"]:
        return False
    return i < (2 if case.config["type"] in ["crossAttention", "transformerDecoderBlock"] else 1)


def results(name, case):
    names = ["x"] + [f"x{i}" for i in range(1, len(case.inputs))]
    inputs = {}
    for i, (key, given) in enumerate(zip(names, case.inputs)):
        drawn = lambda: tensor(f"{name} {key}", given).requires_grad_()
        inputs[key] = drawn() if is_shape(case, i) else torch.tensor(given)
    # A quarter of what is drawn, so that sums of a few dozen terms keep their digits in float32.
    w = {key: (tensor(f"{name} {key}", shape) / 4).requires_grad_() for key, shape in case.weights.items()}
    y = case.function(*inputs.values(), w)
    y.backward(tensor(f"{name} dy", tuple(y.shape)))
    gradients = {f"d{key}": value.grad for key, value in inputs.items() if value.is_floating_point()}
    return {"y": y} | gradients | {key: value.grad for key, value in w.items()}


def described(name, case):
    inputs = [{"shape" if is_shape(case, i) else "values": given} for i, given in enumerate(case.inputs)]
    return {"name": name, "config": case.config, "inputs": inputs, "weights": case.weights}


def write_cases(file, cases):
    lines, tensors = [], {}
    for index, case in enumerate(cases):
        name = f"{index} {case.config['type']}"
        for key, value in results(name, case).items():
            tensors[f"{name} {key}"] = value.detach().float()
        lines.append(json.dumps(described(name, case)))
    write(file, tensors)
    text = ",\n".join(lines)
    (HERE / f"{file}.json").write_text(f"[\n{text}\n]\n")
    print(f"{len(lines)} cases, {(HERE / f'{file}.safetensors').stat().st_size} bytes")


if __name__ == "__main__":
    write_cases("attention", CASES)
