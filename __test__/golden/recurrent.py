"""Writes what PyTorch computes for recurrent layers: outputs and gradients.

    python recurrent.py

Like attention.py: a case's weights have Attune's names and layout ([in, out]), and nn.RNN, nn.LSTM and
nn.GRU are given them turned. Lengths go in as packed sequences. Made with torch 2.15.0.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attention import Case, write_cases

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
THEIRS = {"weight": "weight_ih", "recurrentWeight": "weight_hh", "bias": "bias_ih", "recurrentBias": "bias_hh"}


def passes(config):
    """Ours and theirs: the ends of the names of each layer's directions."""
    ways = {"ahead": ""} | ({"back": "_reverse"} if config.get("bidirectional") else {})
    layers = range(config.get("layers", 1))
    return {f"layers.{i}.{way}.": f"_l{i}{end}" for i in layers for way, end in ways.items()}


def weights_of(config, inputs):
    columns = GATES[config["type"]] * config["units"]
    weights = {}
    for path in passes(config):
        below = config["units"] * (2 if config.get("bidirectional") else 1)
        weights[f"{path}weight"] = [inputs if path.startswith("layers.0.") else below, columns]
        weights[f"{path}recurrentWeight"] = [config["units"], columns]
        if config.get("bias", True):
            weights |= {f"{path}bias": [columns], f"{path}recurrentBias": [columns]}
    return weights


def run(config, x, *rest):
    """The output of every step, or the last states of the last layer."""
    *lengths, w = rest
    time = x.shape[1]
    keys = {"layers": "num_layers", "activation": "nonlinearity", "bidirectional": "bidirectional", "bias": "bias"}
    options = {theirs: config[ours] for ours, theirs in keys.items() if ours in config}
    module = MODULES[config["type"]](x.shape[-1], config["units"], batch_first=True, **options).double()
    names = [kind for kind in THEIRS if config.get("bias", True) or "ias" not in kind]
    given = {f"{THEIRS[kind]}{end}": w[f"{path}{kind}"].t() for path, end in passes(config).items() for kind in names}
    for name, value in given.items():
        delattr(module, name)
        setattr(module, name, value)
    if lengths:
        x = pack_padded_sequence(x, lengths[0], batch_first=True, enforce_sorted=False)
        y, state = module(x)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=time)
    else:
        y, state = module(x)
    if config.get("returnSequences", True):
        return y
    last = state[0] if config["type"] == "lstm" else state
    return torch.cat(list(last[-2 if config.get("bidirectional") else -1 :]), -1)


def recurrent(config, shape, lengths=None):
    inputs = [shape] + ([lengths] if lengths else [])
    return Case(config, inputs, lambda x, *rest: run(config, x, *rest), weights_of(config, shape[-1]))


def cases():
    for kind in MODULES:
        yield recurrent({"type": kind, "units": 4}, [2, 5, 3])
        yield recurrent({"type": kind, "units": 3, "layers": 2, "bidirectional": True}, [2, 4, 2])
        yield recurrent({"type": kind, "units": 3, "bidirectional": True}, [4, 5, 2], [3, 5, 1, 2])
        yield recurrent({"type": kind, "units": 2, "layers": 2, "bias": False}, [3, 4, 3], [4, 2, 3])
        yield recurrent({"type": kind, "units": 3, "bidirectional": True, "returnSequences": False}, [3, 4, 2], [2, 4, 1])
        yield recurrent({"type": kind, "units": 17, "returnSequences": False}, [9, 3, 2])
    yield recurrent({"type": "rnn", "units": 5, "activation": "relu"}, [2, 4, 3])
    yield recurrent({"type": "rnn", "units": 3, "activation": "relu", "layers": 2}, [2, 3, 2], [3, 1])


if __name__ == "__main__":
    write_cases("recurrent", list(cases()))
