"""Rules that PyTorch has not, as published, in float64, for `optimizers.py`.

Every rule is a function of (step, weight, gradient, state) that gives the new weight; the rate of
all of them is 0.05. Muon is PyTorch's formula on weights [.., in, out] without its bfloat16.
"""

import math

import numpy as np
import torch


class Formula:
    """An optimizer of one function: (step, weight, gradient, state) -> weight."""

    def __init__(self, parameters, rule):
        self.parameters, self.rule, self.t = parameters, rule, 0
        self.states = [{} for _ in parameters]

    def step(self):
        self.t += 1
        for p, state in zip(self.parameters, self.states):
            w = self.rule(self.t, p.detach().numpy().copy(), p.grad.numpy().copy(), state)
            p.data.copy_(torch.tensor(w))


def formula(rule):
    return lambda parameters: Formula(parameters, rule)


def sgd_from_zero(t, w, g, s):
    s["v"] = 0.9 * s.get("v", 0) + (1 - 0.9) * g
    return w - 0.05 * s["v"]


def adam_uncorrected(t, w, g, s):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g * g
    return w - 0.05 * s["m"] / (np.sqrt(s["v"]) + 1e-8)


def lion(beta1, beta2, decay):
    def rule(t, w, g, s):
        m = s.get("m", 0)
        s["m"] = beta2 * m + (1 - beta2) * g
        return w * (1 - 0.05 * decay) - 0.05 * np.sign(beta1 * m + (1 - beta1) * g)

    return rule


def lamb(beta1, beta2, epsilon, decay):
    def rule(t, w, g, s):
        s["m"] = beta1 * s.get("m", 0) + (1 - beta1) * g
        s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
        m, v = s["m"] / (1 - beta1**t), s["v"] / (1 - beta2**t)
        u = m / (np.sqrt(v) + epsilon) + decay * w
        length, other = np.linalg.norm(w), np.linalg.norm(u)
        return w - 0.05 * (length / other if length > 0 and other > 0 else 1) * u

    return rule


def schedule_free(beta1, beta2, epsilon, decay, r, power):
    def rule(t, y, g, s):
        x, z = s.get("x", y), s.get("z", y)
        weight = t**r * 0.05**power
        s["sum"] = s.get("sum", 0) + weight
        c = weight / s["sum"]
        s["v"] = beta2 * s.get("v", 0) + (1 - beta2) * g * g
        d = g / (np.sqrt(s["v"] / (1 - beta2**t)) + epsilon) + decay * y
        s["z"] = z - 0.05 * d
        s["x"] = (1 - c) * x + c * s["z"]
        return (1 - beta1) * s["z"] + beta1 * s["x"]

    return rule


def newton_schulz(update, iterations, coefficients, epsilon):
    """PyTorch's iteration on [out, in] without its bfloat16."""
    a, b, c = coefficients
    x = update.T if update.shape[0] > update.shape[1] else update
    x = x / max(np.linalg.norm(x), epsilon)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if update.shape[0] > update.shape[1] else x


USUAL = (3.4445, -4.7750, 2.0315)


def muon(momentum=0.95, nesterov=True, decay=0.1, iterations=5, coefficients=USUAL, adjust="original",
         rate=1.0, betas=(0.9, 0.999), epsilon=1e-8, adamw_decay=0.01, least=1e-7):  # fmt: skip
    def rule(t, w, g, s):
        if w.ndim < 2:
            s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
            s["v"] = betas[1] * s.get("v", 0) + (1 - betas[1]) * g * g
            m, v = s["m"] / (1 - betas[0] ** t), s["v"] / (1 - betas[1] ** t)
            w = w * (1 - 0.05 * rate * adamw_decay)
            return w - 0.05 * rate * m / (np.sqrt(v) + epsilon)
        columns = w.shape[-1]
        g = g.reshape(-1, columns).T
        s["b"] = s.get("b", 0) + (1 - momentum) * (g - s.get("b", 0))
        update = g + momentum * (s["b"] - g) if nesterov else s["b"]
        update = newton_schulz(update, iterations, coefficients, least)
        out, inner = update.shape
        size = {
            "original": math.sqrt(max(1, out / inner)),
            "matchRmsAdamW": 0.2 * math.sqrt(max(out, inner)),
            "spectralUnclamped": math.sqrt(out / inner),
        }[adjust]
        return w * (1 - 0.05 * decay) - 0.05 * size * update.T.reshape(w.shape)

    return rule


def clip_units(model, factor, epsilon):
    for p in model.parameters():
        axes = tuple(range(p.ndim - 1)) if p.ndim > 1 else None
        norm = lambda x: torch.sqrt((x * x).sum(dim=axes, keepdim=True))
        most, length = norm(p.detach()).clamp(min=epsilon) * factor, norm(p.grad)
        p.grad = torch.where(length > most, p.grad * (most / length.clamp(min=1e-6)), p.grad)


class ZClip:
    """bluorion-com/ZClip in its z-score mode with adaptive scaling."""

    def __init__(self, alpha, threshold, warmup, most):
        self.alpha, self.threshold, self.warmup, self.most = alpha, threshold, warmup, most
        self.seen, self.mean, self.var = [], None, None

    def __call__(self, model, step):
        norm = math.sqrt(sum((p.grad**2).sum().item() for p in model.parameters()))
        limit = math.inf
        if self.mean is None:
            self.seen.append(norm)
            if len(self.seen) == self.warmup:
                self.mean, self.var = float(np.mean(self.seen)), float(np.var(self.seen))
        else:
            deviation = math.sqrt(self.var)
            z = (norm - self.mean) / (deviation + 1e-6)
            learnt = norm
            if z > self.threshold:
                limit = learnt = self.mean + self.threshold * deviation / (z / self.threshold)
            self.mean = self.alpha * self.mean + (1 - self.alpha) * learnt
            self.var = self.alpha * self.var + (1 - self.alpha) * (learnt - self.mean) ** 2
        limit = limit if self.most is None else min(limit, self.most)
        if norm > limit:
            for p in model.parameters():
                p.grad *= limit / (norm + 1e-6)


def constrain(p, kind, most=2.0):
    w = p.data
    axes = tuple(range(w.ndim - 1)) if w.ndim > 1 else None
    norm = torch.sqrt((w * w).sum(dim=axes, keepdim=True))
    if kind == "maxNorm":
        p.data = w * norm.clamp(0, most) / (1e-7 + norm)
    elif kind == "unitNorm":
        p.data = w / (1e-7 + norm)
    else:
        p.data = w * (w >= 0)
