"""Writes how many samples of each class, and of each group, scikit-learn puts into every fold.

    python -m pip install scikit-learn==1.9.1
    python splits.py

Which samples those are is drawn by each library in its own way; how many is not.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

HERE = Path(__file__).parent


def labels(rows, classes):
    """The numbers that splits.test.ts computes as well: classes of unequal size, in no order."""
    return [(i * 7919 + i * i) % 97 % classes if i % 5 else 0 for i in range(rows)]


def groups(rows):
    """Groups of 1, 2, 3, ... samples, one after another, no two equally large where the last one fits."""
    sizes = np.arange(1, rows)
    return np.repeat(np.arange(len(sizes)), sizes)[:rows].tolist()


def counts(values, folds, aside):
    return np.bincount(np.asarray(values)[aside], minlength=max(values) + 1).tolist()


cases = []
for rows, folds, classes in [(105, 5, 3), (66, 7, 4), (36, 2, 2), (253, 10, 6)]:
    x, y = np.zeros((rows, 1)), labels(rows, classes)
    kfold = [len(aside) for _, aside in KFold(folds).split(x)]
    by_class = StratifiedKFold(folds, shuffle=True, random_state=0).split(x, y)
    by_time = TimeSeriesSplit(folds).split(x)
    by_group = GroupKFold(folds).split(x, groups=groups(rows))
    cases.append({
        "rows": rows, "folds": folds, "classes": classes,
        "random": kfold,
        "stratified": [counts(y, folds, aside) for _, aside in by_class],
        "time": [[len(train), len(aside)] for train, aside in by_time],
        "grouped": [sorted(np.unique(np.asarray(groups(rows))[aside]).tolist()) for _, aside in by_group],
    })

(HERE / "splits.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
