"""Ten steps of every optimizer with every option, of clipping, groups, averages and constraints.

    python -m pip install torch==2.15.0 numpy
    python __test__/golden/optimizers.py

A convolution and a dense layer learn by mean squared error in float64. Data and first weights are
formulas of the index (`numbers`), so that only the last weights are in `optimizers.json`, in
Attune's layout. Where PyTorch has the rule, `by` is `torch`; where it has none, `by` names the
paper or program whose formula `optimizer_formulas.py` has in float64. That Muon's, which is without
bfloat16, stays near PyTorch's own steps is asserted here.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from optimizer_formulas import (
    ZClip,
    Formula,
    adam_uncorrected,
    clip_units,
    constrain,
    formula,
    lamb,
    lion,
    muon,
    schedule_free,
    sgd_from_zero,
)
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.set_default_dtype(torch.float64)
SAMPLES = 60
SHAPES = {
    "layers.0.weight": (2, 2, 2, 3),
    "layers.0.bias": (3,),
    "layers.2.weight": (12, 2),
    "layers.2.bias": (2,),
}


def numbers(count, factor, modulus):
    """Numbers from -1 to below 1 that a formula of the index gives, rounded to float32."""
    values = (np.arange(count) * factor + 13) % modulus / (modulus / 2) - 1
    return torch.tensor(values.astype(np.float32).astype(np.float64))


X = numbers(SAMPLES * 18, 7919, 101).reshape(SAMPLES, 3, 3, 2)
Y = numbers(SAMPLES * 2, 6101, 97).reshape(SAMPLES, 2)


class Network(torch.nn.Module):
    """Parameters lie as Attune's do: kernels [height, width, in, out], dense weights [in, out]."""

    def __init__(self):
        super().__init__()
        for number, (name, shape) in enumerate(SHAPES.items()):
            values = numbers(math.prod(shape), 31 + 2 * number, 19).reshape(shape) * 0.5
            values = values.to(torch.float32).to(torch.float64)
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(values))

    def forward(self, x):
        kernel, bias, weight, last = self.parameters()
        y = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias)
        return y.permute(0, 2, 3, 1).reshape(len(x), -1) @ weight + last


def flat(model):
    return {n: v.detach().reshape(-1).tolist() for n, v in zip(SHAPES, model.parameters())}


CASES = []


def case(name, config, make, by="torch", prepare=None, after=None, run=None, averaged=None):
    """`make` gives an optimizer of the named parameters; `prepare(model, step)` sees gradients before
    the step, `after(model, step)` weights after it; `averaged(model)` gives the evaluated ones."""
    run = {"batchSize": 6, "accumulate": 1, "epochs": 1} | (run or {})
    model = Network()
    optimizer = make(list(model.parameters()))
    rows = run["batchSize"] * run["accumulate"]
    step = 0
    for epoch in range(run["epochs"]):
        for first in range(0, SAMPLES, rows):
            model.zero_grad()
            batch = slice(first, first + rows)
            loss = ((model(X[batch]) - Y[batch]) ** 2).mean()
            loss.backward()
            if prepare:
                prepare(model, step)
            optimizer.step()
            step += 1
            if after:
                after(model, step)
    one = {"name": name, "by": by, "optimizer": config, "run": run, "final": flat(model)}
    if averaged:
        one["averaged"] = averaged(model)
    CASES.append(one)


def torch_cases():
    optim = torch.optim
    every = [
        ("sgd", {}, optim.SGD, {"lr": 0.05}),
        ("sgd", {"momentum": 0.9}, optim.SGD, {"lr": 0.05, "momentum": 0.9}),
        ("sgd", {"momentum": 0.9, "dampening": 0.4, "weightDecay": 0.1}, optim.SGD,
         {"lr": 0.05, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.1}),
        ("sgd", {"momentum": 0.9, "nesterov": True}, optim.SGD,
         {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        ("adagrad", {}, optim.Adagrad, {"lr": 0.05}),
        ("adagrad", {"rateDecay": 0.1, "initialAccumulator": 0.2, "weightDecay": 0.1, "epsilon": 1e-3},
         optim.Adagrad,
         {"lr": 0.05, "lr_decay": 0.1, "initial_accumulator_value": 0.2, "weight_decay": 0.1, "eps": 1e-3}),
        ("adadelta", {}, optim.Adadelta, {"lr": 0.05}),
        ("adadelta", {"rho": 0.8, "epsilon": 1e-3, "weightDecay": 0.1}, optim.Adadelta,
         {"lr": 0.05, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
        ("rmsProp", {}, optim.RMSprop, {"lr": 0.05}),
        ("rmsProp", {"alpha": 0.9, "epsilon": 1e-3, "momentum": 0.5, "weightDecay": 0.1}, optim.RMSprop,
         {"lr": 0.05, "alpha": 0.9, "eps": 1e-3, "momentum": 0.5, "weight_decay": 0.1}),
        ("rmsProp", {"centered": True, "epsilon": 1e-3}, optim.RMSprop,
         {"lr": 0.05, "centered": True, "eps": 1e-3}),
        ("rmsProp", {"centered": True, "momentum": 0.5, "epsilon": 1e-3}, optim.RMSprop,
         {"lr": 0.05, "centered": True, "momentum": 0.5, "eps": 1e-3}),
        ("adam", {}, optim.Adam, {"lr": 0.05}),
        ("adam", {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.1}, optim.Adam,
         {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
        ("adam", {"amsgrad": True, "beta2": 0.5}, optim.Adam,
         {"lr": 0.05, "amsgrad": True, "betas": (0.9, 0.5)}),
        ("adamW", {}, optim.AdamW, {"lr": 0.05}),
        ("adamW", {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.5}, optim.AdamW,
         {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.5}),
        ("adamW", {"amsgrad": True, "beta2": 0.5}, optim.AdamW,
         {"lr": 0.05, "amsgrad": True, "betas": (0.9, 0.5)}),
        ("nAdam", {}, optim.NAdam, {"lr": 0.05}),
        ("nAdam", {"momentumDecay": 0.1, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3},
         optim.NAdam,
         {"lr": 0.05, "momentum_decay": 0.1, "weight_decay": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
        ("nAdam", {"weightDecay": 0.5, "decoupledWeightDecay": True}, optim.NAdam,
         {"lr": 0.05, "weight_decay": 0.5, "decoupled_weight_decay": True}),
        ("rAdam", {}, optim.RAdam, {"lr": 0.05}),
        ("rAdam", {"weightDecay": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3}, optim.RAdam,
         {"lr": 0.05, "weight_decay": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
        ("rAdam", {"weightDecay": 0.5, "decoupledWeightDecay": True}, optim.RAdam,
         {"lr": 0.05, "weight_decay": 0.5, "decoupled_weight_decay": True}),
        ("adamax", {}, optim.Adamax, {"lr": 0.05}),
        ("adamax", {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.1}, optim.Adamax,
         {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
        ("adafactor", {}, optim.Adafactor, {"lr": 0.05, "eps": (2**-23, 1e-3)}),
        ("adafactor", {"beta2Decay": -0.5, "epsilon1": 0.3, "epsilon2": 0.5, "clipThreshold": 1.2,
                       "weightDecay": 0.5}, optim.Adafactor,
         {"lr": 0.05, "beta2_decay": -0.5, "eps": (0.3, 0.5), "d": 1.2, "weight_decay": 0.5}),
    ]  # fmt: skip
    for kind, options, rule, arguments in every:
        label = ", ".join(f"{k} {v}" for k, v in options.items()) or "as it is"
        config = {"type": kind, "learningRate": 0.05, **options}
        case(f"{kind}: {label}", config, lambda p, r=rule, a=arguments: r(p, **a))


def near_pytorch():
    """The formula's steps are those of `torch.optim.Muon`, whose iteration is in bfloat16."""
    for shape in [(5, 3), (3, 5)]:
        w = torch.nn.Parameter(numbers(15, 31, 19).reshape(shape).float())
        optimizer = torch.optim.Muon([w], lr=0.05)
        own, state, rule = w.detach().double().numpy().T.copy(), {}, muon()
        for t in range(1, 6):
            g = numbers(15, 7 + 4 * t, 23).reshape(shape)
            w.grad = g.float()
            optimizer.step()
            own = rule(t, own, g.numpy().T, state)
        assert np.abs(w.detach().numpy().T - own).max() < 1e-2


def formula_cases():
    case("sgd: the article's momentum",
         {"type": "sgd", "learningRate": 0.05, "momentum": 0.9, "dampening": 0.9, "zeroStart": True},
         formula(sgd_from_zero), by="v = β v + (1 - β) g")  # fmt: skip
    case("adam: without bias correction",
         {"type": "adam", "learningRate": 0.05, "biasCorrection": False},
         formula(adam_uncorrected), by="Kingma and Ba 2015 without its corrections")  # fmt: skip
    by = "Chen et al. 2023"
    case("lion: as it is", {"type": "lion", "learningRate": 0.05}, formula(lion(0.9, 0.99, 0)), by=by)
    case("lion: beta1, beta2, weightDecay",
         {"type": "lion", "learningRate": 0.05, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.5},
         formula(lion(0.8, 0.9, 0.5)), by=by)  # fmt: skip
    by = "You et al. 2020"
    case("lamb: as it is", {"type": "lamb", "learningRate": 0.05},
         formula(lamb(0.9, 0.999, 1e-6, 0.01)), by=by)  # fmt: skip
    case("lamb: beta1, beta2, epsilon, weightDecay",
         {"type": "lamb", "learningRate": 0.05, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3,
          "weightDecay": 0.5}, formula(lamb(0.8, 0.9, 1e-3, 0.5)), by=by)  # fmt: skip

    by = "facebookresearch/schedule_free, AdamWScheduleFree"
    for name, options, arguments in [
        ("as it is", {}, (0.9, 0.999, 1e-8, 0, 0, 2)),
        ("beta1, beta2, epsilon, weightDecay, stepPower, ratePower",
         {"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.5, "stepPower": 1, "ratePower": 1},
         (0.8, 0.9, 1e-3, 0.5, 1, 1)),
    ]:  # fmt: skip
        made = []

        def make(parameters, arguments=arguments, made=made):
            made.append(Formula(parameters, schedule_free(*arguments)))
            return made[0]

        def averages(model, made=made):
            return {n: s["x"].reshape(-1).tolist() for n, s in zip(SHAPES, made[0].states)}

        config = {"type": "scheduleFreeAdamW", "learningRate": 0.05, **options}
        case(f"scheduleFreeAdamW: {name}", config, make, by=by, averaged=averages)

    near_pytorch()
    by = "torch.optim.Muon in float64"
    for name, options, arguments in [
        ("as it is", {}, {}),
        ("momentum, weightDecay, matchRmsAdamW",
         {"momentum": 0.8, "weightDecay": 0.5, "adjust": "matchRmsAdamW"},
         {"momentum": 0.8, "decay": 0.5, "adjust": "matchRmsAdamW"}),
        ("no nesterov, iterations, coefficients, spectralUnclamped",
         {"nesterov": False, "iterations": 3, "coefficients": [2, -1.5, 0.5], "adjust": "spectralUnclamped"},
         {"nesterov": False, "iterations": 3, "coefficients": (2, -1.5, 0.5), "adjust": "spectralUnclamped"}),
        ("epsilon", {"epsilon": 3}, {"least": 3}),
        ("adamW",
         {"adamW": {"rate": 0.3, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.5}},
         {"rate": 0.3, "betas": (0.8, 0.9), "epsilon": 1e-3, "adamw_decay": 0.5}),
    ]:  # fmt: skip
        config = {"type": "muon", "learningRate": 0.05, **options}
        case(f"muon: {name}", config, formula(muon(**arguments)), by=by)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.5)


SGD = {"type": "sgd", "learningRate": 0.05, "momentum": 0.5}


def clipping_cases():
    clip = torch.nn.utils
    case("clipNorm", SGD | {"clipNorm": 0.3}, sgd,
         prepare=lambda m, _: clip.clip_grad_norm_(m.parameters(), 0.3))  # fmt: skip
    case("clipValue", SGD | {"clipValue": 0.05}, sgd,
         prepare=lambda m, _: clip.clip_grad_value_(m.parameters(), 0.05))  # fmt: skip
    case("clipNormPerParameter", SGD | {"clipNormPerParameter": 0.1}, sgd,
         prepare=lambda m, _: [clip.clip_grad_norm_([p], 0.1) for p in m.parameters()])  # fmt: skip
    by = "timm's adaptive_clip_grad"
    case("adaptiveClip", SGD | {"adaptiveClip": {}}, sgd, by=by,
         prepare=lambda m, _: clip_units(m, 0.01, 1e-3))  # fmt: skip
    case("adaptiveClip: factor, epsilon", SGD | {"adaptiveClip": {"factor": 0.2, "epsilon": 0.5}}, sgd,
         by=by, prepare=lambda m, _: clip_units(m, 0.2, 0.5))  # fmt: skip
    by = "bluorion-com/ZClip"
    case("zClip: maxNorm while it warms up", SGD | {"zClip": {"maxNorm": 0.4}}, sgd, by=by,
         prepare=ZClip(0.97, 2.5, 25, 0.4))  # fmt: skip
    options = {"alpha": 0.8, "threshold": 1, "warmup": 4, "maxNorm": None}
    case("zClip: alpha, threshold, warmup", SGD | {"zClip": options}, sgd, by=by,
         prepare=ZClip(0.8, 1, 4, None))  # fmt: skip


def others():
    groups = [
        {"match": "*", "maxRank": 1, "weightDecay": 0},
        {"match": ["layers.0.*"], "rate": 0.5},
        {"match": "layers.?.bias", "rate": 2},
        {"match": "layers.2.bias", "freeze": True},
    ]

    def grouped(p):
        return torch.optim.AdamW(
            [{"params": p[0], "lr": 0.025, "weight_decay": 0.5},
             {"params": p[1], "lr": 0.1, "weight_decay": 0},
             {"params": p[2], "lr": 0.05, "weight_decay": 0.5}], lr=0.05)  # fmt: skip

    case("groups: rate, weightDecay, freeze",
         {"type": "adamW", "learningRate": 0.05, "weightDecay": 0.5, "groups": groups}, grouped)  # fmt: skip

    def vector(t, w, g, s):
        return muon()(t, w.reshape(-1), g.reshape(-1), s).reshape(w.shape)

    case("groups: asVector",
         {"type": "muon", "learningRate": 0.05, "groups": [{"match": "*", "asVector": True}]},
         formula(vector), by="torch.optim.AdamW")  # fmt: skip

    adamw = {"type": "adamW", "learningRate": 0.05}
    case("accumulate", adamw, lambda p: torch.optim.AdamW(p, lr=0.05),
         run={"batchSize": 7, "accumulate": 3, "epochs": 4})  # fmt: skip
    case("accumulate: clipNorm", SGD | {"clipNorm": 0.3}, sgd,
         prepare=lambda m, _: torch.nn.utils.clip_grad_norm_(m.parameters(), 0.3),
         run={"batchSize": 7, "accumulate": 3, "epochs": 4})  # fmt: skip

    def average(name, config, function, run=None, when=lambda step: True):
        kept = []

        def after(model, step):
            if not kept:
                kept.append(AveragedModel(model, multi_avg_fn=function))
            if when(step):
                kept[0].update_parameters(model)

        case(name, SGD | {"average": config}, sgd, after=after, run=run,
             averaged=lambda _: flat(kept[0].module))  # fmt: skip

    average("average: ema", {"type": "ema", "decay": 0.7}, get_ema_multi_avg_fn(0.7))
    average("average: swa", {"type": "swa", "start": 1}, None, run={"batchSize": 20, "epochs": 4},
            when=lambda step: step % 3 == 0 and step > 3)  # fmt: skip
    shadow = []

    def warmed(model, step):
        t = step - 1
        d = min(0.999, (1 + t) / (10 + t)) if t else 0.0
        now = [p.detach().clone() for p in model.parameters()]
        shadow[:] = [d * a + (1 - d) * w for a, w in zip(shadow or now, now)]

    case("average: ema with a warm-up", SGD | {"average": {"type": "ema", "warmup": True}}, sgd,
         by="d = min(decay, (1 + t) / (10 + t))", after=warmed,
         averaged=lambda _: {n: v.reshape(-1).tolist() for n, v in zip(SHAPES, shadow)})  # fmt: skip

    for kind, constraint in [("maxNorm", {"type": "maxNorm", "max": 0.6}),
                             ("unitNorm", "unitNorm"), ("nonNegative", "nonNegative")]:  # fmt: skip
        def after(model, step, kind=kind):
            for p in model.parameters():
                constrain(p, kind, 0.6)

        case(f"constraint: {kind}", SGD, sgd, by=f"keras.constraints, {kind}", after=after,
             run={"constraint": constraint})  # fmt: skip


def main():
    torch_cases()
    formula_cases()
    clipping_cases()
    others()

    def short(values):
        return {name: [float(f"{x:.8g}") for x in numbers] for name, numbers in values.items()}

    for one in CASES:
        one |= {key: short(one[key]) for key in ("final", "averaged") if key in one}
    text = "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in CASES) + "\n]\n"
    (Path(__file__).parent / "optimizers.json").write_text(text)
    print(f"{len(CASES)} cases, {len(text)} bytes")


if __name__ == "__main__":
    main()
