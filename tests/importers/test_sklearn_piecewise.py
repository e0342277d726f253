"""Quantile and spline transformers, and imputing in rounds, against scikit-learn, trees behind them included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, SplineTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from edgescore_converters.evaluate import evaluate
from edgescore_converters.importers._sklearn.builder import Builder
from edgescore_converters.importers._sklearn.normal import LEAST_SHARE, normal_quantile

LOADERS = {"cancer": load_breast_cancer, "digits": load_digits, "iris": load_iris}
QUANTILES = [
    QuantileTransformer(n_quantiles=40),
    QuantileTransformer(n_quantiles=40, output_distribution="normal"),
    QuantileTransformer(n_quantiles=200, output_distribution="normal"),
    QuantileTransformer(n_quantiles=1),
]


@pytest.mark.parametrize("data", LOADERS)
@pytest.mark.parametrize("estimator", QUANTILES, ids=str)
@pytest.mark.filterwarnings("ignore:n_quantiles")
def test_quantiles(estimator: Any, data: str) -> None:
    x, y = LOADERS[data](return_X_y=True)
    x, y = x[:400, 2:12], y[:400]  # of digits many values are equal, and some columns are 0
    rows = np.concatenate([x, 3 * x[:20], -x[:20]])
    check(estimator.fit(x), rows, narrow=None, input_dtype="float64")
    trees = HistGradientBoostingClassifier(max_iter=4)
    check(make_pipeline(StandardScaler(), estimator, trees).fit(x, y), rows, narrow=None, input_dtype="float64")


@pytest.mark.parametrize("normal", [False, True])
def test_quantiles_at_and_next_to_those_known(normal: bool) -> None:
    x = np.asarray([[0.0], [0], [0], [0.1], [0.5], [0.5], [0.7], [2], [2], [2]])
    found = QuantileTransformer(n_quantiles=10, output_distribution="normal" if normal else "uniform").fit(x)
    ends = [x - 1e-7, x + 1e-7]
    near = [np.nextafter(each, to) for each in (x, *ends) for to in (-np.inf, np.inf)]
    rows = np.concatenate([x, *ends, *near, [[np.nan]]])
    assert check(found, rows, narrow=None, input_dtype="float64").graph.inputs[0].nan


def test_the_normal_quantile_has_scipys_digits() -> None:
    b = Builder(["p"], "float64")
    b.graph.output("y", normal_quantile(b, b.table.value))
    p = np.concatenate([np.linspace(0, 1, 4001), np.logspace(-9, -0.31, 4000), 1 - np.logspace(-9, -0.31, 4000)])
    (found,) = evaluate(b.graph, p[:, None])
    np.testing.assert_allclose(found[:, 0], norm.ppf(np.clip(p, LEAST_SHARE, 1 - LEAST_SHARE)), rtol=1e-15, atol=0)


SPLINES = [
    SplineTransformer(),
    SplineTransformer(degree=1),
    SplineTransformer(degree=4, n_knots=3, include_bias=False),
    SplineTransformer(degree=2, knots="quantile", n_knots=4, extrapolation="linear"),
    SplineTransformer(extrapolation="linear"),
    SplineTransformer(extrapolation="continue", include_bias=False),
    SplineTransformer(degree=0, extrapolation="continue"),
    SplineTransformer(extrapolation="periodic"),
    SplineTransformer(degree=2, n_knots=7, extrapolation="periodic", include_bias=False),
    SplineTransformer(sparse_output=True),
]


@pytest.mark.parametrize("estimator", SPLINES, ids=str)
def test_splines(estimator: Any) -> None:
    x, y = load_iris(return_X_y=True)
    rows = np.concatenate([x, 2 * x[:20], -x[:20]])
    check(estimator.fit(x), rows, narrow=None)
    if not estimator.sparse_output:
        trees = make_pipeline(StandardScaler(), estimator, HistGradientBoostingClassifier(max_iter=4)).fit(x, y)
        check(trees, rows, narrow=None)


def test_splines_of_missing_values() -> None:
    x, _ = load_iris(return_X_y=True)
    x[::5, 1] = np.nan
    assert check(SplineTransformer(handle_missing="zeros").fit(x), x, narrow=None).graph.inputs[0].nan
    assert not check(SplineTransformer().fit(x[:, :1]), x[:, :1], narrow=None).graph.inputs[0].nan


@pytest.mark.parametrize(
    "estimator",
    [
        IterativeImputer(),
        IterativeImputer(max_iter=1, add_indicator=True),
        IterativeImputer(
            Ridge(), max_iter=3, initial_strategy="median", min_value=0, max_value=20, n_nearest_features=4
        ),
        IterativeImputer(DecisionTreeRegressor(max_depth=4, random_state=0), max_iter=2, skip_complete=True),
        IterativeImputer(KNeighborsRegressor(3), max_iter=2, imputation_order="random", random_state=0),
        IterativeImputer(max_iter=2, keep_empty_features=True),
    ],
    ids=str,
)
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_imputing_in_rounds(estimator: Any, empty: bool) -> None:
    x, y = load_wine(return_X_y=True)
    rng = np.random.default_rng(0)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:, 3] = np.nan if empty else x[:, 3]
    imported = check(estimator.fit(x[::2]), x, narrow=None, input_dtype="float64")
    assert imported.graph.inputs[0].nan
    model = make_pipeline(estimator, StandardScaler(), LogisticRegression()).fit(x[::2], y[::2])
    check(model, x, narrow=None, input_dtype="float64")
