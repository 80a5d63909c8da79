"""Writes what PyTorch computes for every loss: its value and its gradient by the output.

    python losses.py

Outputs, targets and weights come from `numbers`, which losses.test.ts computes as well; `drawn` makes
them fit for a loss. Computed in float64 and rounded to nine digits. Made with torch 2.15.0;
`sigmoid_focal_loss` is torchvision's formula, log-cosh and the hinges are Keras'.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from layers import numbers

CASES = []


def case(config, output, target, function, form="raw", kind="raw", samples=False, classes=None):
    """`form` and `kind` say what output and target are drawn as, `samples` whether samples weigh."""
    CASES.append((config, output, target, form, kind, samples, classes, function))


def drawn(name, shape, kind):
    raw = numbers(name, math.prod(shape)).reshape(shape)
    kind, _, count = kind.partition(" ")
    unit = (raw + 2) / 4
    shares = (unit + 0.05) / (unit + 0.05).sum(-1, keepdims=True)
    values = {
        "raw": raw,
        "large": raw * 40,
        "unit": unit,
        "edges": np.clip(raw, 0, 1),
        "positive": np.abs(raw) + 0.1,
        "binary": (raw > 0).astype(float),
        "sign": np.where(raw > 0, 1.0, -1.0),
        "count": np.floor((raw + 2) * 1.5),
        "label": np.floor(unit * int(count or 1)),
        "shares": shares,
        "logShares": np.log(shares),
    }[kind]
    return torch.tensor(values).float().double()


def weighted(values, s, w=None):
    w = torch.ones_like(values) if w is None else w
    s = s.reshape(s.shape + (1,) * (values.ndim - 1))
    return (s * values).sum() / (s * w).sum()


def cross_entropies():
    t = "crossEntropy"
    w = [0.5, 2.0, 0.0, 1.5, 1.0]
    wt = torch.tensor(w).double()
    long = lambda y: y.long()
    case({"type": t}, [6, 5], [6], lambda x, y, s: F.cross_entropy(x, long(y)), kind="label 5")
    case({"type": t, "labelSmoothing": 0.1, "classWeights": w}, [6, 5], [6], lambda x, y, s: F.cross_entropy(x, long(y), wt, label_smoothing=0.1), kind="label 5")
    case({"type": t, "classWeights": w, "ignoreIndex": 1}, [8, 5], [8], lambda x, y, s: F.cross_entropy(x, long(y), wt, ignore_index=1), kind="label 5")
    case({"type": t, "labelSmoothing": 0.2, "ignoreIndex": 3}, [9, 5], [9], lambda x, y, s: F.cross_entropy(x, long(y), ignore_index=3, label_smoothing=0.2), kind="label 5")
    case({"type": t, "labelSmoothing": 0.2, "ignoreIndex": 3, "classWeights": w}, [9, 5], [9], lambda x, y, s: F.cross_entropy(x, long(y), wt, ignore_index=3, label_smoothing=0.2), kind="label 5")
    case({"type": t, "temperature": 2.5}, [2, 3, 5], [2, 3], lambda x, y, s: F.cross_entropy(x.flatten(0, 1) / 2.5, long(y).flatten()), kind="label 5", form="large")
    case({"type": t, "classWeights": w, "labelSmoothing": 0.3}, [4, 5], [4, 5], lambda x, y, s: F.cross_entropy(x, y, wt, label_smoothing=0.3), kind="shares")
    case({"type": t}, [4, 5], [4, 5], lambda x, y, s: F.cross_entropy(x, y), kind="shares")
    case({"type": t, "classWeights": w}, [6, 5], [6], lambda x, y, s: weighted(F.cross_entropy(x, long(y), wt, reduction="none"), s, wt[long(y)]), kind="label 5", samples=True)
    case({"type": t}, [6, 5], [6], lambda x, y, s: F.cross_entropy(x, long(y), wt), kind="label 5", classes=w)
    case({"type": t}, [3, 2, 5], [3, 2, 5], lambda x, y, s: weighted(F.cross_entropy(x.flatten(0, 1), y.flatten(0, 1), reduction="none").reshape(3, 2) * wt[y.argmax(-1)], s, wt[y.argmax(-1)]), kind="shares", samples=True, classes=w)


def binary_cross_entropies():
    t, bce = "binaryCrossEntropy", F.binary_cross_entropy_with_logits
    p = torch.tensor([1.0, 3.0, 0.5]).double()
    case({"type": t}, [5, 3], [5, 3], lambda x, y, s: bce(x, y), kind="binary")
    case({"type": t}, [5, 3], [5, 3], lambda x, y, s: bce(x, y), form="large", kind="unit")
    case({"type": t, "positiveWeight": 2.5}, [5, 3], [5, 3], lambda x, y, s: bce(x, y, pos_weight=torch.tensor(2.5).double()), kind="unit")
    case({"type": t, "positiveWeight": [1, 3, 0.5]}, [5, 3], [5, 3], lambda x, y, s: bce(x, y, pos_weight=p), kind="binary")
    case({"type": t, "fromLogits": False}, [6, 2], [6, 2], lambda x, y, s: F.binary_cross_entropy(x, y), form="unit", kind="unit")
    case({"type": t}, [5, 3], [5, 3], lambda x, y, s: weighted(bce(x, y, reduction="none"), s), kind="binary", samples=True)
    case({"type": t}, [5, 3], [5, 3], lambda x, y, s: weighted(bce(x, y, reduction="none") * (0.5 + 1.5 * y), s, 0.5 + 1.5 * y), kind="binary", samples=True, classes=[0.5, 2])


def regressions():
    for shape in ([7], [4, 3], [2, 3, 2]):
        case({"type": "meanSquaredError"}, shape, shape, lambda x, y, s: F.mse_loss(x, y))
        case({"type": "meanAbsoluteError"}, shape, shape, lambda x, y, s: F.l1_loss(x, y))
        case({"type": "logCosh"}, shape, shape, lambda x, y, s: (x - y).cosh().log().mean())
    case({"type": "logCosh"}, [4, 3], [4, 3], lambda x, y, s: (F.softplus(-2 * (x - y).abs()) + (x - y).abs() - math.log(2)).mean(), form="large")
    case({"type": "meanSquaredError"}, [4, 3], [4, 3], lambda x, y, s: weighted((x - y) ** 2, s), samples=True)
    case({"type": "meanAbsoluteError"}, [5], [5], lambda x, y, s: weighted((x - y).abs(), s), samples=True)
    for delta in (1, 0.3, 2.5):
        case({"type": "huber", "delta": delta}, [4, 4], [4, 4], lambda x, y, s, d=delta: F.huber_loss(x, y, delta=d))
    poisson = F.poisson_nll_loss
    case({"type": "poisson"}, [4, 3], [4, 3], lambda x, y, s: poisson(x, y), kind="count")
    case({"type": "poisson", "full": True}, [4, 3], [4, 3], lambda x, y, s: poisson(x, y, full=True), kind="count")
    case({"type": "poisson", "logInput": False, "epsilon": 1e-3}, [4, 3], [4, 3], lambda x, y, s: poisson(x, y, log_input=False, eps=1e-3), form="positive", kind="count")
    gauss = lambda x, y, **options: F.gaussian_nll_loss(x[..., : y.shape[-1]], y, x[..., y.shape[-1] :], **options)
    case({"type": "gaussianNll"}, [4, 2], [4, 1], lambda x, y, s: gauss(x, y), form="positive")
    case({"type": "gaussianNll", "full": True}, [3, 2, 6], [3, 2, 3], lambda x, y, s: gauss(x, y, full=True), form="positive")
    case({"type": "gaussianNll", "epsilon": 1e-4}, [4, 4], [4, 2], lambda x, y, s: gauss(x, y, eps=1e-4), form="positive", kind="large")
    case({"type": "gaussianNll", "logVariance": True}, [4, 4], [4, 2], lambda x, y, s: F.gaussian_nll_loss(x[:, :2], y, x[:, 2:].exp()))


def distributions():
    t, kl = "klDivergence", F.kl_div
    case({"type": t}, [4, 5], [4, 5], lambda x, y, s: kl(x, y), form="logShares", kind="shares")
    case({"type": t, "reduction": "batchMean"}, [4, 5], [4, 5], lambda x, y, s: kl(x, y, reduction="batchmean"), form="logShares", kind="edges")
    case({"type": t, "logTarget": True}, [4, 5], [4, 5], lambda x, y, s: kl(x, y, log_target=True), form="logShares", kind="logShares")
    case({"type": t, "fromLogits": True, "reduction": "batchMean"}, [2, 3, 4], [2, 3, 4], lambda x, y, s: kl(x.log_softmax(-1), y, reduction="batchmean"), kind="shares")


def margins():
    sign = lambda y: torch.where(y > 0, 1.0, -1.0)
    case({"type": "hinge"}, [6, 2], [6, 2], lambda x, y, s: (1 - y * x).relu().mean(), kind="sign")
    case({"type": "hinge", "squared": True}, [6, 2], [6, 2], lambda x, y, s: (1 - sign(y) * x).relu().square().mean(), kind="binary")
    case({"type": "hinge", "margin": 0.4}, [7], [7], lambda x, y, s: (0.4 - sign(y) * x).relu().mean(), kind="binary")

    def categorical(x, y):
        y = F.one_hot(y.long(), x.shape[-1]) if y.ndim < x.ndim else y
        return (((1 - y) * x).amax(-1) - (y * x).sum(-1) + 1).relu().mean()

    case({"type": "categoricalHinge"}, [6, 4], [6], lambda x, y, s: categorical(x, y), kind="label 4")
    case({"type": "categoricalHinge"}, [2, 3, 4], [2, 3], lambda x, y, s: categorical(x, y), kind="label 4")
    case({"type": "categoricalHinge"}, [3, 4], [3, 4], lambda x, y, s: categorical(x, y), kind="shares")

    def sigmoid_focal(x, y, alpha=0.25, gamma=2):
        p = x.sigmoid()
        loss = F.binary_cross_entropy_with_logits(x, y, reduction="none")
        loss = loss * (1 - (p * y + (1 - p) * (1 - y))) ** gamma
        return (loss * (alpha * y + (1 - alpha) * (1 - y))).mean()

    def several(x, y, alpha, gamma):
        entropy = F.cross_entropy(x, y.long(), reduction="none")
        return ((1 - (-entropy).exp()) ** gamma * entropy * alpha[y.long()]).mean()

    ones, each = torch.ones(4).double(), torch.tensor([1.0, 0.5, 2.0, 0.0]).double()
    case({"type": "focal"}, [5, 3], [5, 3], lambda x, y, s: sigmoid_focal(x, y), kind="binary")
    case({"type": "focal", "alpha": 0.6, "gamma": 1.5}, [5, 3], [5, 3], lambda x, y, s: sigmoid_focal(x, y, 0.6, 1.5), kind="unit")
    case({"type": "focal", "gamma": 3}, [6, 4], [6], lambda x, y, s: several(x, y, ones, 3), kind="label 4")
    case({"type": "focal", "gamma": 0.5, "alpha": [1, 0.5, 2, 0]}, [6, 4], [6], lambda x, y, s: several(x, y, each, 0.5), kind="label 4")


def embeddings():
    cosine = lambda x, y, e=1e-8: (1 - F.cosine_similarity(x, y, -1, e)).mean()
    case({"type": "cosineSimilarity"}, [4, 5], [4, 5], lambda x, y, s: cosine(x, y))
    case({"type": "cosineSimilarity"}, [2, 3, 4], [2, 3, 4], lambda x, y, s: cosine(x, y))
    case({"type": "cosineSimilarity", "epsilon": 1e-3}, [4, 3], [4, 3], lambda x, y, s: cosine(x, y, 1e-3), form="large")
    t, triplet = "tripletMargin", lambda x, **options: F.triplet_margin_loss(*x.unbind(1), **options)
    case({"type": t}, [5, 3, 4], [5], lambda x, y, s: triplet(x))
    case({"type": t, "margin": 0.3, "swap": True}, [5, 3, 4], [5], lambda x, y, s: triplet(x, margin=0.3, swap=True))
    case({"type": t, "p": 1, "epsilon": 1e-3}, [5, 3, 4], [5], lambda x, y, s: triplet(x, p=1, eps=1e-3))
    case({"type": t, "p": 3, "margin": 5}, [5, 3, 4], [5], lambda x, y, s: triplet(x, p=3, margin=5))

    def contrastive(x, y, margin=1.0, e=1e-6):
        d = F.pairwise_distance(*x.unbind(1), eps=e)
        return ((y * d**2 + (1 - y) * (margin - d).relu() ** 2) / 2).mean()

    case({"type": "contrastive"}, [5, 2, 4], [5], lambda x, y, s: contrastive(x, y), kind="binary")
    case({"type": "contrastive", "margin": 4}, [5, 2, 4], [5], lambda x, y, s: contrastive(x, y, 4), kind="binary")
    case({"type": "contrastive", "epsilon": 1e-2, "margin": 3}, [5, 2, 4], [5], lambda x, y, s: contrastive(x, y, 3, 1e-2), kind="binary")


def spellings():
    t = "ctc"

    def spelled(x, y, blank=0, steps=None, **options):
        """A target ends at its first blank."""
        ends = [(row == blank).nonzero().flatten().tolist() + [y.shape[1]] for row in y]
        lengths = torch.tensor([first for first, *_ in ends])
        steps = torch.full([len(x)], x.shape[1]) if steps is None else steps.long()
        return F.ctc_loss(x.log_softmax(-1).transpose(0, 1), y.long(), steps, lengths, blank, **options)

    case({"type": t}, [4, 9, 5], [4, 4], lambda x, y, s: spelled(x, y), kind="label 5")
    case({"type": t, "blank": 3}, [5, 7, 4], [5, 3], lambda x, y, s: spelled(x, y, 3), kind="label 4", form="large")
    case({"type": t, "zeroInfinity": True, "reduction": "batchMean"}, [6, 3, 4], [6, 4], lambda x, y, s: spelled(x, y, reduction="sum", zero_infinity=True) / 6, kind="label 4")
    case({"type": t, "zeroInfinity": True, "inputLengths": True, "blank": 6}, [5, 8, 9], [5, 4], lambda x, y, s: spelled(x, y[:, 1:], 6, y[:, 0], zero_infinity=True), kind="label 9")
    case({"type": t, "zeroInfinity": True}, [6, 5, 4], [6, 4], lambda x, y, s: weighted(spelled(x, y, reduction="none", zero_infinity=True) / (y != 0).long().cumprod(1).sum(1).clamp(1), s), kind="label 4", samples=True)


def main():
    for add in (cross_entropies, binary_cross_entropies, regressions, distributions, margins, embeddings, spellings):
        add()
    lines = []
    for index, (config, output, target, form, kind, samples, classes, function) in enumerate(CASES):
        name = f"{index} {config['type']}"
        x = drawn(f"{name} x", output, form).requires_grad_()
        y = drawn(f"{name} y", target, kind)
        s = drawn(f"{name} s", output[:1], "positive")
        loss = function(x, y, s)
        loss.backward()
        described = {"name": name, "config": config, "output": output, "target": target, "form": form, "kind": kind}
        described |= {"samples": True} if samples else {}
        described |= {"classes": classes} if classes else {}
        results = {"loss": loss.item(), "gradient": x.grad.flatten().tolist()}
        rounded = json.loads(json.dumps(results), parse_float=lambda text: float(f"{float(text):.9g}"))
        lines.append(json.dumps(described | rounded, separators=(",", ":")))
    (Path(__file__).parent / "losses.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{len(lines)} cases")


if __name__ == "__main__":
    main()
