"""Writes what scikit-learn computes for every metric and the classification report.

    python -m pip install scikit-learn==1.9.1
    python metrics.py

Outputs and targets come from `numbers`, which metrics.test.ts computes as well. The calibration error
is Guo's definition written down here.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics as sk

from layers import numbers

CASES = []
SAMPLES = 60


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def data(name):
    """Outputs as float32 holds them, targets, classes."""
    if name.startswith("regression"):
        width = 2 if name == "regression" else 1
        x, y = (numbers(f"{name} {part}", SAMPLES * width).reshape(SAMPLES, width) for part in "xy")
        return x, (y + (1000 if name == "regression far" else 0)).astype(np.float32).astype(float), width
    classes = {"binary": 2, "multi": 4, "rare": 6}[name]
    x = numbers(f"{name} x", SAMPLES * (1 if classes == 2 else classes)).reshape(SAMPLES, -1)
    target = (numbers(f"{name} y", SAMPLES) + 2) / 4 * (4 if name == "rare" else classes)
    target = np.floor(target).astype(int)
    if classes > 2:
        x[np.arange(SAMPLES), target] += np.float32(0.5)
    if name == "rare":
        x[:, 5] = -2
    return x.astype(np.float32).astype(float), target, classes


def add(name, metric, value, **options):
    value = value.tolist() if isinstance(value, np.ndarray) else value
    CASES.append({"data": name, "config": {"type": metric} | options, "value": value})


def of_classes(name):
    x, y, classes = data(name)
    c = (x[:, 0] > 0).astype(int) if classes == 2 else x.argmax(1)
    every = list(range(classes))
    add(name, "accuracy", sk.accuracy_score(y, c))
    add(name, "balancedAccuracy", sk.balanced_accuracy_score(y, c))
    add(name, "balancedAccuracy", sk.balanced_accuracy_score(y, c, adjusted=True), adjusted=True)
    scores = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    for average in ["macro", "micro", "weighted", "none"] + (["binary"] if classes == 2 else []):
        how = {"average": None, "labels": every} if average == "none" else {"average": average}
        for metric, score in scores.items():
            add(name, metric, score(y, c, zero_division=0, **how), average=average)
        add(name, "fBeta", sk.fbeta_score(y, c, beta=2, zero_division=0, **how), beta=2, average=average)
    add(name, "fBeta", sk.fbeta_score(y, c, beta=0.5, average="macro", zero_division=0), beta=0.5)
    for normalise, by in {"none": None, "true": "true", "chosen": "pred", "all": "all"}.items():
        add(name, "confusionMatrix", sk.confusion_matrix(y, c, labels=every, normalize=by), normalise=normalise)
    add(name, "mcc", sk.matthews_corrcoef(y, c))
    for weights in ["none", "linear", "quadratic"]:
        by = None if weights == "none" else weights
        add(name, "cohenKappa", sk.cohen_kappa_score(y, c, labels=every, weights=by), weights=weights)
    report = sk.classification_report(y, c, output_dict=True, zero_division=0)
    text = sk.classification_report(y, c, digits=3, zero_division=0)
    CASES.append({"data": name, "report": report, "text": text})


def calibration_error(p, y, bins):
    confidence, right = p.max(1), p.argmax(1) == y
    edges, error = np.linspace(0, 1, bins + 1), 0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def of_probabilities(name):
    x, y, classes = data(name)
    p = softmax(x) if classes > 2 else np.hstack([1 / (1 + np.exp(x)), 1 / (1 + np.exp(-x))])
    every = list(range(classes))
    loss = sk.log_loss(y, p, labels=every)
    add(name, "logLoss", loss)
    add(name, "perplexity", np.exp(loss))
    add(name, "brier", sk.brier_score_loss(y, p if classes > 2 else p[:, 1], labels=every))
    add(name, "expectedCalibrationError", calibration_error(p, y, 15))
    add(name, "expectedCalibrationError", calibration_error(p, y, 4), bins=4)
    if classes > 2:
        for k in [1, 2, 3]:
            add(name, "topK", sk.top_k_accuracy_score(y, x, k=k, labels=every), k=k)
    if name == "rare":
        return
    for average in ["macro", "weighted", "none"] if classes > 2 else ["macro"]:
        how = None if average == "none" else average
        score = p if classes > 2 else p[:, 1]
        add(name, "rocAuc", sk.roc_auc_score(y, score, average=how, multi_class="ovr"), average=average)
        add(name, "prAuc", sk.average_precision_score(y, score, average=how), average=average)


def of_numbers(name):
    x, y, _ = data(name)
    add(name, "meanSquaredError", sk.mean_squared_error(y, x))
    add(name, "rmse", sk.root_mean_squared_error(y, x))
    add(name, "meanAbsoluteError", sk.mean_absolute_error(y, x))
    add(name, "mape", sk.mean_absolute_percentage_error(y, x))
    add(name, "r2", sk.r2_score(y, x))


def main():
    warnings.simplefilter("ignore")
    for name in ["binary", "multi", "rare"]:
        of_classes(name)
        of_probabilities(name)
    for name in ["regression", "regression one", "regression far"]:
        of_numbers(name)
    lines = ",\n".join(json.dumps(one, default=float, separators=(",", ":")) for one in CASES)
    (Path(__file__).parent / "metrics.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
