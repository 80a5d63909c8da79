"""Writes what scikit-learn's scalers, imputers and encoders make of a small table, and back.

    python -m pip install scikit-learn==1.9.1 && python preprocess.py

Every case is fitted on the training rows and applied to both parts; numbers are float64.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import (FunctionTransformer, MaxAbsScaler, MinMaxScaler, OneHotEncoder, OrdinalEncoder,
                                   PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler, TargetEncoder)
from sklearn.utils.class_weight import compute_class_weight

HERE = Path(__file__).parent
ROWS = {"train": 60, "other": 25}
NUMBERS = ["even", "skewed", "far", "signed", "level"]
TEXTS = ["colour", "size"]


def table(rows, seed):
    """Numbers of several forms, with and without gaps, and texts; of `odd`, training lacks the text z."""
    random = np.random.RandomState(seed)
    even = random.uniform(-3, 7, rows)
    far = random.normal(100, 5, rows)
    far[::9] *= 40
    columns = {
        "even": even,
        "skewed": random.exponential(2.0, rows),
        "far": far,
        "signed": random.standard_cauchy(rows),
        "level": np.full(rows, 4.25),
        "gaps": np.where(random.uniform(size=rows) < 0.25, np.nan, np.round(random.normal(2, 1, rows), 1)),
        "colour": random.choice(["red", "green", "blue", "Grün"], rows, p=[0.5, 0.3, 0.1, 0.1]),
        "size": random.choice(["small", "middle", "large"], rows),
        "words": random.choice(["a", "b", None], rows, p=[0.3, 0.5, 0.2]),
        "odd": random.choice(["x", "y", "w"] if seed == 0 else ["x", "z", "w"], rows),
        "price": np.round(even * 2 + random.normal(0, 1, rows), 3),
        "flower": random.choice(["iris", "rose", "tulip"], rows),
        "bought": random.choice(["no", "yes"], rows),
    }
    return columns


TABLES = {part: table(rows, seed) for seed, (part, rows) in enumerate(ROWS.items())}
CASES = []


def plain(values):
    """As JSON: no NaN, 12 digits of what is computed."""
    if isinstance(values, (list, np.ndarray)):
        return [plain(value) for value in values]
    if values is None or (isinstance(values, float) and np.isnan(values)):
        return None
    return float(f"{values:.12g}") if isinstance(values, (float, np.floating)) else values


def matrix(part, names):
    columns = [TABLES[part][name] for name in names]
    kind = object if any(column.dtype.kind in "OU" for column in columns) else float
    return np.stack([np.asarray(column, dtype=kind) for column in columns], axis=1)


def case(name, steps, columns, transformer, target=None, inverse=False):
    """`steps` are Attune's, after a selection of `columns`; `transformer` is scikit-learn's."""
    x = {part: matrix(part, columns) for part in ROWS}
    y = None if target is None else TABLES["train"][target]
    train = transformer.fit_transform(x["train"], y)
    found = {"train": train, "other": transformer.transform(x["other"])}
    back = transformer.inverse_transform(found["other"]) if inverse else None
    CASES.append({
        "name": name,
        "target": target,
        "steps": [{"type": "select", "columns": columns}, *steps],
        "columns": columns,
        "train": plain(np.asarray(found["train"], dtype=float)),
        "other": plain(np.asarray(found["other"], dtype=float)),
        **({} if back is None else {"back": plain(back.T.tolist())}),
    })


def scalers():
    case("standard", [{"type": "standard"}], NUMBERS, StandardScaler(), inverse=True)
    case("standard, not centred", [{"type": "standard", "center": False}], NUMBERS, StandardScaler(with_mean=False),
         inverse=True)
    case("standard, not scaled", [{"type": "standard", "scale": False}], NUMBERS, StandardScaler(with_std=False),
         inverse=True)
    case("minMax", [{"type": "minMax"}], NUMBERS, MinMaxScaler(), inverse=True)
    case("minMax, clipped", [{"type": "minMax", "min": -1, "max": 3, "clip": True}], NUMBERS,
         MinMaxScaler((-1, 3), clip=True), inverse=True)
    case("maxAbs", [{"type": "maxAbs"}], NUMBERS, MaxAbsScaler(), inverse=True)
    case("robust", [{"type": "robust"}], NUMBERS, RobustScaler(), inverse=True)
    case("robust, wide", [{"type": "robust", "low": 5, "high": 90}], NUMBERS, RobustScaler(quantile_range=(5, 90)),
         inverse=True)
    case("robust, unit variance", [{"type": "robust", "unitVariance": True}], NUMBERS, RobustScaler(unit_variance=True),
         inverse=True)
    case("robust, not centred", [{"type": "robust", "center": False}], NUMBERS, RobustScaler(with_centering=False),
         inverse=True)
    case("robust, not scaled", [{"type": "robust", "scale": False}], NUMBERS, RobustScaler(with_scaling=False),
         inverse=True)
    case("log", [{"type": "log"}], ["skewed", "level"], FunctionTransformer(np.log1p, np.expm1), inverse=True)
    # Of far values the power is so low that float32, which features are, cannot be undone.
    case("yeoJohnson, far", [{"type": "yeoJohnson"}], ["even", "far"], PowerTransformer())
    case("yeoJohnson", [{"type": "yeoJohnson"}], ["even", "skewed"], PowerTransformer(), inverse=True)
    case("yeoJohnson, not standardized", [{"type": "yeoJohnson", "standardize": False}], ["even", "skewed"],
         PowerTransformer(standardize=False), inverse=True)
    case("quantile", [{"type": "quantile"}], NUMBERS, QuantileTransformer(n_quantiles=60, subsample=None), inverse=True)
    case("quantile, few and normal", [{"type": "quantile", "output": "normal", "quantiles": 10}], NUMBERS[:4],
         QuantileTransformer(n_quantiles=10, output_distribution="normal", subsample=None), inverse=True)


def imputers():
    for fill, strategy in [("mean", "mean"), ("median", "median"), ("mostFrequent", "most_frequent")]:
        case(f"missing, {fill}", [{"type": "missing", "fill": fill}], ["even", "gaps"], SimpleImputer(strategy=strategy))
    case("missing, constant", [{"type": "missing", "fill": "constant", "value": -7.5}], ["gaps"],
         SimpleImputer(strategy="constant", fill_value=-7.5))
    case("missing, with indicator", [{"type": "missing", "fill": "mean", "indicator": True}], ["even", "gaps"],
         SimpleImputer(add_indicator=True))


def encoders():
    case("oneHot", [{"type": "oneHot"}], TEXTS, OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
         inverse=True)
    case("oneHot, without the first", [{"type": "oneHot", "without": "first"}], TEXTS,
         OneHotEncoder(sparse_output=False, drop="first"), inverse=True)
    case("oneHot, without the first of two", [{"type": "oneHot", "without": "binary"}], ["size", "bought"],
         OneHotEncoder(sparse_output=False, drop="if_binary"), inverse=True)
    case("oneHot, missing", [{"type": "missing", "fill": "mostFrequent"}, {"type": "oneHot"}], ["words"],
         Chain(SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(sparse_output=False)))
    case("oneHot, rare", [{"type": "rare", "min": 0.2, "value": "~"}, {"type": "oneHot"}], TEXTS,
         OneHotEncoder(sparse_output=False, min_frequency=0.2, handle_unknown="infrequent_if_exist"))
    case("oneHot, unseen", [{"type": "oneHot"}], ["odd"], OneHotEncoder(sparse_output=False, handle_unknown="ignore"))
    case("oneHot, rare and unseen", [{"type": "rare", "min": 22, "value": "~"}, {"type": "oneHot"}], ["odd"],
         OneHotEncoder(sparse_output=False, min_frequency=22, handle_unknown="infrequent_if_exist"))
    case("ordinal, unseen", [{"type": "ordinal", "unseen": "ignore"}], ["odd"],
         OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))
    case("ordinal", [{"type": "ordinal"}], TEXTS, OrdinalEncoder(), inverse=True)
    case("ordinal, in a given order", [{"type": "ordinal", "categories": ["small", "middle", "large"]}], ["size"],
         OrdinalEncoder(categories=[["small", "middle", "large"]]), inverse=True)
    encode = {"type": "targetEncode", "shuffle": False}
    case("targetEncode, numbers", [encode], TEXTS, TargetEncoder(cv=KFold(5)), "price")
    case("targetEncode, unseen", [encode], ["odd"], TargetEncoder(cv=KFold(5)), "price")
    case("targetEncode, smooth and few folds", [encode | {"smooth": 10, "folds": 3}], TEXTS,
         TargetEncoder(smooth=10, cv=KFold(3)), "price")
    case("targetEncode, two classes", [encode], TEXTS, TargetEncoder(cv=StratifiedKFold(5)), "bought")
    case("targetEncode, three classes", [encode], TEXTS, TargetEncoder(cv=StratifiedKFold(5)), "flower")


class Chain:
    """Two transformers one after the other."""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def fit_transform(self, x, y=None):
        return self.second.fit_transform(self.first.fit_transform(x), y)

    def transform(self, x):
        return self.second.transform(self.first.transform(x))


def balanced_weights(name):
    labels = TABLES["train"][name]
    classes = np.unique(labels)
    return dict(zip(classes.tolist(), plain(compute_class_weight("balanced", classes=classes, y=labels))))


if __name__ == "__main__":
    scalers()
    imputers()
    encoders()
    tables = {part: {name: plain(list(column)) for name, column in columns.items()} for part, columns in TABLES.items()}
    weights = {name: balanced_weights(name) for name in ["colour", "flower", "bought"]}
    text = json.dumps({"tables": tables, "cases": CASES, "weights": weights}, ensure_ascii=False, separators=(",", ":"))
    (HERE / "preprocess.json").write_text(text + "\n")
