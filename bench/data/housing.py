"""The peer of housing.mjs: a scikit-learn MLP of the same size on the same rows of California housing.

    python housing.py housing.csv[.gz] rows.json seeds

`rows.json` holds the numbers of the test rows. Prints the test error of each seed as a line of JSON.
"""

import json
import sys

import numpy as np
import pandas
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

path, rows, seeds = sys.argv[1:4]
table = pandas.read_csv(path)
is_test = np.zeros(len(table), bool)
is_test[json.load(open(rows))] = True
target = table.pop("median_house_value")
counts = ["total_rooms", "total_bedrooms", "population", "households"]
others = ["longitude", "latitude", "housing_median_age", "median_income"]
fill = SimpleImputer(strategy="median", add_indicator=True)
steps = ColumnTransformer([
    ("counts", make_pipeline(fill, FunctionTransformer(np.log1p), StandardScaler()), counts),
    ("others", StandardScaler(), others),
    ("categories", OneHotEncoder(handle_unknown="ignore"), ["ocean_proximity"]),
])
for seed in range(int(seeds)):
    network = MLPRegressor(
        hidden_layer_sizes=(64, 64), batch_size=128, learning_rate_init=0.003, early_stopping=True,
        n_iter_no_change=15, max_iter=200, random_state=seed,
    )
    model = make_pipeline(steps, TransformedTargetRegressor(network, transformer=StandardScaler()))
    model.fit(table[~is_test], target[~is_test])
    error = model.predict(table[is_test]) - target[is_test]
    answer = {"seed": seed, "rmse": float(np.sqrt(np.mean(error**2))), "epochs": int(model[-1].regressor_.n_iter_)}
    print(json.dumps(answer), flush=True)
