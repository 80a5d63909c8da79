"""The learning rates of 200 steps of every schedule, by PyTorch, written as schedules.json.

    python -m pip install torch==2.15.0
    python __test__/golden/schedules.py

Each entry holds a schedule as Attune's config says it and its rates. Where PyTorch has no such
schedule (`inverseTimeDecay`: Keras 3; `noam`: Vaswani et al. 2017; `warmupStableDecay`:
Transformers' `get_wsd_schedule`) the published formula stands below.
`plateaus` are runs of `ReduceLROnPlateau` over 200 values of a metric.
"""

import json
import math
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as torch_schedules

STEPS = 200
HERE = Path(__file__).parent


def optimizer(rate):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate, momentum=0.9)


def rates(base, make):
    """The rate of each step of a schedule that starts from `base`."""
    sgd = optimizer(base)
    scheduler = make(sgd)
    found = []
    for _ in range(STEPS):
        found.append(sgd.param_groups[0]["lr"])
        sgd.step()
        scheduler.step()
    return found


def torch_rates(base, name, **options):
    return rates(base, lambda sgd: getattr(torch_schedules, name)(sgd, **options))


def formula(rate):
    return [rate(step) for step in range(STEPS)]


def inverse_time(initial, decay_steps, decay_rate, staircase=False):
    count = (lambda p: math.floor(p)) if staircase else (lambda p: p)
    return formula(lambda step: initial / (1 + decay_rate * count(step / decay_steps)))


def noam(model_size, warmup, factor=1.0):
    rate = lambda s: factor * model_size**-0.5 * min(s**-0.5, s * warmup**-1.5)
    return formula(lambda step: rate(step + 1))


def stable(peak, warmup, decay, total, shape, initial=0.0, final=0.0):
    fall = {
        "linear": lambda t: 1 - t,
        "cosine": lambda t: 0.5 * (1 + math.cos(math.pi * t)),
        "sqrt": lambda t: 1 - math.sqrt(t),
    }[shape]

    def rate(step):
        if step < warmup:
            return initial + (peak - initial) * step / warmup
        if step < total - decay:
            return peak
        if step < total:
            return final + (peak - final) * fall((step - (total - decay)) / decay)
        return final

    return formula(rate)


def sequential(base, parts, milestones):
    make = lambda sgd: torch_schedules.SequentialLR(sgd, [part(sgd) for part in parts], milestones)
    return rates(base, make)


def linear_of(start, total):
    return lambda sgd: torch_schedules.LinearLR(sgd, start_factor=start, total_iters=total)


def cosine_of(total, final=0.0):
    return lambda sgd: torch_schedules.CosineAnnealingLR(sgd, T_max=total, eta_min=final)


def exponential_of(gamma):
    return lambda sgd: torch_schedules.ExponentialLR(sgd, gamma=gamma)


def schedules():
    yield {"type": "constant", "value": 0.3}, torch_rates(0.3, "ConstantLR", factor=1.0)

    kind = "exponentialDecay"
    yield dict(type=kind, initial=0.1, rate=0.97, every=1), torch_rates(0.1, "ExponentialLR", gamma=0.97)
    yield dict(type=kind, initial=2.0, rate=0.5, every=1), torch_rates(2.0, "ExponentialLR", gamma=0.5)
    yield (
        dict(type=kind, initial=0.1, rate=0.5, every=40, staircase=False),
        formula(lambda step: 0.1 * 0.5 ** (step / 40)),  # Keras' ExponentialDecay
    )

    kind = "stepDecay"
    yield dict(type=kind, initial=0.1, every=30), torch_rates(0.1, "StepLR", step_size=30)
    yield dict(type=kind, initial=0.5, every=7, rate=0.9), torch_rates(0.5, "StepLR", step_size=7, gamma=0.9)
    yield dict(type=kind, initial=1.0, every=1, rate=0.99), torch_rates(1.0, "StepLR", step_size=1, gamma=0.99)

    kind = "multiStep"
    for initial, at, rate in [(0.1, [30, 80], 0.1), (1.0, [1, 2, 150], 0.5), (0.2, [60, 60, 120], 0.3)]:
        found = torch_rates(initial, "MultiStepLR", milestones=at, gamma=rate)
        yield dict(type=kind, initial=initial, at=at, rate=rate), found

    kind = "inverseTimeDecay"
    for initial, every, rate, stairs in [(0.1, 1, 0.5, False), (0.4, 16, 2.0, True), (0.3, 100, 0.1, False)]:
        config = dict(type=kind, initial=initial, every=every, rate=rate, staircase=stairs)
        yield config, inverse_time(initial, every, rate, stairs)

    kind = "polynomial"
    for initial, over, power in [(0.1, 200, 1.0), (0.3, 120, 2.0), (1.0, 50, 0.5)]:
        found = torch_rates(initial, "PolynomialLR", total_iters=over, power=power)
        yield dict(type=kind, initial=initial, over=over, power=power), found
    # Keras' PolynomialDecay ends above 0.
    keras = formula(lambda step: (0.1 - 0.01) * (1 - min(step, 150) / 150) ** 3 + 0.01)
    yield dict(type=kind, initial=0.1, final=0.01, over=150, power=3), keras

    kind = "linear"
    for base, start, end, over in [(0.3, 1 / 3, 1.0, 5), (0.1, 1.0, 0.0, 200), (2.0, 0.01, 0.5, 77)]:
        found = torch_rates(base, "LinearLR", start_factor=start, end_factor=end, total_iters=over)
        yield dict(type=kind, initial=base * start, final=base * end, over=over), found

    kind = "cosine"
    for initial, final, over in [(0.1, 0.0, 200), (0.5, 0.05, 400), (1e-3, 1e-5, 201)]:
        found = torch_rates(initial, "CosineAnnealingLR", T_max=over, eta_min=final)
        yield dict(type=kind, initial=initial, final=final, over=over), found

    kind = "cosineRestarts"
    for period, growth, final in [(50, 1, 0.0), (10, 2, 0.01), (7, 3, 1e-4), (200, 2, 0.0)]:
        name = "CosineAnnealingWarmRestarts"
        found = torch_rates(0.2, name, T_0=period, T_mult=growth, eta_min=final)
        yield dict(type=kind, initial=0.2, period=period, growth=growth, final=final), found

    kind = "oneCycle"
    for anneal, three, rise, first, last in [
        ("cosine", False, 0.3, 25.0, 1e4),
        ("linear", False, 0.3, 25.0, 1e4),
        ("cosine", True, 0.3, 25.0, 1e4),
        ("linear", True, 0.45, 10.0, 1e3),
        ("cosine", False, 0.1, 4.0, 100.0),
    ]:
        found = torch_rates(
            0.1, "OneCycleLR", max_lr=0.1, total_steps=STEPS + 1, pct_start=rise, three_phase=three,
            anneal_strategy={"cosine": "cos"}.get(anneal, anneal), div_factor=first, final_div_factor=last,
        )  # fmt: skip
        config = dict(type=kind, peak=0.1, over=STEPS + 1, rise=rise, anneal=anneal)
        yield config | dict(initialDivisor=first, finalDivisor=last, threePhase=three), found

    kind = "cyclic"
    for mode, up, down, rate in [
        ("triangular", 20, 20, 1.0),
        ("triangular", 10, 30, 1.0),
        ("triangular2", 25, 25, 1.0),
        ("exponential", 20, 12, 0.99),
    ]:
        found = torch_rates(
            0.01, "CyclicLR", base_lr=0.01, max_lr=0.2, step_size_up=up, step_size_down=down, gamma=rate,
            mode={"exponential": "exp_range"}.get(mode, mode),
        )  # fmt: skip
        config = dict(type=kind, low=0.01, high=0.2, period=up + down, rise=up / (up + down))
        yield config | dict(mode=mode, rate=rate), found

    kind = "noam"
    for size, warmup, factor in [(512, 4000, 1.0), (64, 50, 1.0), (128, 20, 0.5)]:
        yield dict(type=kind, modelSize=size, warmup=warmup, factor=factor), noam(size, warmup, factor)

    kind = "warmupStableDecay"
    for shape, warmup, decay, total, initial, final in [
        ("linear", 10, 40, 200, 0.0, 0.0),
        ("cosine", 20, 60, 180, 0.01, 0.001),
        ("sqrt", 1, 150, 190, 0.0, 0.01),
    ]:
        config = dict(type=kind, peak=0.1, warmup=warmup, decay=decay, over=total, shape=shape)
        found = stable(0.1, warmup, decay, total, shape, initial, final)
        yield config | dict(initial=initial, final=final), found

    warm = lambda schedule, over, start: {"type": "warmup", "schedule": schedule, "over": over, "from": start}
    cosine = dict(type="cosine", initial=0.1, over=190)
    decay = dict(type="exponentialDecay", initial=0.1, rate=0.98, every=1)
    yield warm(cosine, 10, 0.01), sequential(0.1, [linear_of(0.01, 10), cosine_of(190)], [10])
    yield warm(decay, 50, 1 / 3), sequential(0.1, [linear_of(1 / 3, 50), exponential_of(0.98)], [50])
    level = lambda sgd: torch_schedules.ConstantLR(sgd, factor=1.0)
    yield warm(0.1, 5, 0.5), sequential(0.1, [linear_of(0.5, 5), level], [5])

    parts = [
        {"schedule": {"type": "linear", "initial": 0.01, "final": 0.1, "over": 30}, "over": 30},
        {"schedule": 0.1, "over": 70},
        {"schedule": {"type": "cosine", "initial": 0.1, "over": 100}},
    ]
    found = sequential(0.1, [linear_of(0.1, 30), level, cosine_of(100)], [30, 100])
    yield {"type": "sequence", "parts": parts}, found

    bounds = {"type": "clip", "schedule": decay, "min": 0.01, "max": 0.09}
    yield bounds, [min(0.09, max(0.01, rate)) for rate in torch_rates(0.1, "ExponentialLR", gamma=0.98)]


def metric(step):
    """A value that falls in a wave towards a plateau."""
    return round(2.0 ** (-step / 25) + 0.05 * math.sin(step) + 0.3, 6)


def plateaus():
    for config, torch_options in [
        ({}, {}),
        ({"factor": 0.5, "patience": 2}, {"factor": 0.5, "patience": 2}),
        (
            {"patience": 3, "threshold": 0.02, "thresholdMode": "absolute", "cooldown": 4, "minRate": 1e-3},
            {"patience": 3, "threshold": 0.02, "threshold_mode": "abs", "cooldown": 4, "min_lr": 1e-3},
        ),
        (
            {"mode": "max", "factor": 0.8, "patience": 5, "threshold": 0.1, "cooldown": 2},
            {"mode": "max", "factor": 0.8, "patience": 5, "threshold": 0.1, "cooldown": 2},
        ),
        ({"patience": 0, "factor": 0.9}, {"patience": 0, "factor": 0.9}),
    ]:
        sgd = optimizer(0.1)
        scheduler = torch_schedules.ReduceLROnPlateau(sgd, **torch_options)
        found = []
        for step in range(STEPS):
            scheduler.step(metric(step))
            found.append(sgd.param_groups[0]["lr"])
        yield {"config": {"type": "reduceOnPlateau", **config}, "rates": short(found)}


def short(values):
    return [float(f"{value:.9g}") for value in values]


def main():
    warnings.simplefilter("ignore")
    entries = [{"config": config, "rates": short(found)} for config, found in schedules()]
    golden = {
        "schedules": entries,
        "metric": [metric(step) for step in range(STEPS)],
        "plateaus": list(plateaus()),
    }
    text = json.dumps(golden, separators=(",", ":"))
    (HERE / "schedules.json").write_text(text + "\n")
    print(f"{len(entries)} schedules, {len(text)} bytes")


if __name__ == "__main__":
    main()
