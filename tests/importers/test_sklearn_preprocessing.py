"""Scalers, imputers, selectors, projections and functions against scikit-learn, value for value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from sklearn import (
    cluster,
    decomposition,
    feature_selection,
    neighbors,
    neural_network,
    preprocessing,
    random_projection,
)
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import edgescore
from edgescore_converters.writer import encode

SCALERS = [
    preprocessing.StandardScaler(),
    preprocessing.StandardScaler(with_mean=False),
    preprocessing.StandardScaler(with_std=False),
    preprocessing.MinMaxScaler((-2, 3)),
    preprocessing.MinMaxScaler(clip=True),
    preprocessing.MaxAbsScaler(),
    preprocessing.RobustScaler(),
    preprocessing.RobustScaler(with_centering=False),
    preprocessing.RobustScaler(with_scaling=False),
    preprocessing.PowerTransformer(),
    preprocessing.PowerTransformer(standardize=False),
]
OTHERS = [
    preprocessing.Normalizer(),
    preprocessing.Normalizer("l1"),
    preprocessing.Normalizer("max"),
    preprocessing.Binarizer(threshold=2.5),
    preprocessing.PolynomialFeatures(2),
    preprocessing.PolynomialFeatures(3, interaction_only=True, include_bias=False),
    preprocessing.KBinsDiscretizer(4, encode="onehot", quantile_method="averaged_inverted_cdf"),
    preprocessing.KBinsDiscretizer(4, encode="onehot-dense", strategy="uniform"),
    preprocessing.KBinsDiscretizer(3, encode="ordinal", strategy="kmeans"),
    decomposition.PCA(2),
    decomposition.PCA(3, whiten=True),
    decomposition.IncrementalPCA(2),
    decomposition.TruncatedSVD(2),
    decomposition.FastICA(2, random_state=0),
    decomposition.FactorAnalysis(2),
    decomposition.SparsePCA(2, random_state=0),
    decomposition.MiniBatchSparsePCA(2, random_state=0),
    neighbors.NeighborhoodComponentsAnalysis(2, random_state=0),
    neural_network.BernoulliRBM(3, random_state=0),
    cluster.FeatureAgglomeration(2),
    random_projection.GaussianRandomProjection(3, random_state=0),
    random_projection.SparseRandomProjection(3, random_state=0, density=0.5),
]
SELECTORS = [
    feature_selection.VarianceThreshold(0.5),
    feature_selection.SelectKBest(k=2),
    feature_selection.SelectPercentile(percentile=50),
    feature_selection.SelectFromModel(LogisticRegression(max_iter=500)),
]


@pytest.fixture
def iris() -> tuple[Any, Any]:
    return load_iris(return_X_y=True)


@pytest.fixture
def far() -> Any:
    """Rows beyond the training range, with signs it did not have."""
    rng = np.random.default_rng(0)
    return rng.normal(0, 10, (200, 4))


@pytest.mark.parametrize("estimator", [*SCALERS, *OTHERS, *SELECTORS], ids=str)
def test_transformers(estimator: Any, iris: tuple[Any, Any], far: Any) -> None:
    x, y = iris
    rows = np.concatenate([x, far, np.zeros((1, 4))])
    narrow = None if isinstance(estimator, preprocessing.KBinsDiscretizer) else 1e-3
    imported = check(estimator.fit(x, y), rows, narrow=narrow)
    assert imported.task == "transform"


@pytest.mark.parametrize("standardize", [False, True])
def test_box_cox(standardize: bool, iris: tuple[Any, Any]) -> None:
    x, _ = iris
    imported = check(preprocessing.PowerTransformer("box-cox", standardize=standardize).fit(x), x, narrow=1e-3)
    model = edgescore.load(encode(imported.graph))
    for wrong in (0.0, -1.0):  # for which scikit-learn raises
        assert np.isnan(model.score([5.0, wrong, 1.4, 0.2])).tolist() == [False, True, False, False]


@pytest.mark.parametrize("estimator", SCALERS, ids=str)
def test_nan_passes_through_scalers(estimator: Any, iris: tuple[Any, Any]) -> None:
    x, _ = iris
    rows = x.copy()
    rows[::3, 1] = np.nan
    assert check(estimator.fit(x), rows).graph.inputs[0].nan


@pytest.mark.parametrize(
    "estimator", [decomposition.PCA(2), preprocessing.Normalizer(), LogisticRegression(max_iter=500)], ids=str
)
def test_nan_has_no_route_through_arithmetic(estimator: Any, iris: tuple[Any, Any]) -> None:
    x, y = iris
    scaled = make_pipeline(preprocessing.StandardScaler(), estimator).fit(x, y)
    assert not check(scaled, x).graph.inputs[0].nan
    imputed = make_pipeline(SimpleImputer(), estimator).fit(x, y)
    assert check(imputed, np.where(np.arange(4) == 2, np.nan, x)).graph.inputs[0].nan


@pytest.mark.parametrize("threshold", [2.3, 0.1, 1.0, np.nextafter(1.0, 0)])
def test_thresholds_are_met_exactly_in_float32(threshold: float) -> None:
    rows = np.float32(threshold) * np.ones((1, 1), np.float32)
    rows = np.concatenate([rows, np.nextafter(rows, np.float32(9)), np.nextafter(rows, np.float32(-9))])
    imported = check(preprocessing.Binarizer(threshold=threshold).fit(rows), rows, narrow=0)
    assert [node.outputs[0].dtype for node in imported.graph.nodes] == ["float32"]
    bins = preprocessing.KBinsDiscretizer(2, encode="ordinal", strategy="uniform")
    bins = bins.fit(np.asarray([[threshold - 1], [threshold + 1]]))
    check(bins, np.concatenate([rows, np.float32(bins.bin_edges_[0][1]) + np.float32(1e-7) * rows * 0]), narrow=0)


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.parametrize("indicator", [False, True])
def test_imputers(strategy: str, indicator: bool) -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, (60, 4)).astype(float)
    x[rng.random(x.shape) < 0.2] = np.nan
    x[:, 2] = np.abs(np.nan_to_num(x[:, 2]))
    imputer = SimpleImputer(strategy=strategy, add_indicator=indicator)
    assert check(imputer.fit(x), x).graph.inputs[0].nan
    x[:, 1] = np.nan
    with np.errstate(all="ignore"):
        check(SimpleImputer(strategy="constant", fill_value=-7.5, keep_empty_features=True).fit(x), x)


def test_an_imputer_drops_columns_that_were_always_missing() -> None:
    x = np.asarray([[1.0, np.nan], [3.0, np.nan]])
    check(SimpleImputer(keep_empty_features=True).fit(x), x)
    with pytest.warns(UserWarning, match="Skipping features"):
        check(SimpleImputer().fit(x), x)


def test_a_sentinel_is_missing_and_nan_is_refused() -> None:
    x = np.asarray([[1.0, -999], [3.0, 4], [-999, 5]])
    imputer = SimpleImputer(missing_values=-999, add_indicator=True).fit(x)
    assert not check(imputer, x).graph.inputs[0].nan


def test_missing_indicator() -> None:
    x = np.asarray([[1.0, np.nan, 0], [3.0, 4, 1]])
    assert check(MissingIndicator(features="all").fit(x), x).graph.inputs[0].nan
    assert check(MissingIndicator(error_on_new=False).fit(x), x).graph.inputs[0].nan
    # Otherwise it raises for a column that was never missing, so NaN must not get in.
    assert not check(MissingIndicator().fit(x), x[1:]).graph.inputs[0].nan


@pytest.mark.parametrize(
    "function",
    [
        *(None, np.log1p, np.expm1, np.exp, np.sqrt, np.square, np.abs, np.log, np.log2, np.log10, np.reciprocal),
        *(
            np.cbrt,
            np.sin,
            np.cos,
            np.tan,
            np.arctan,
            np.sinh,
            np.cosh,
            np.arcsinh,
            np.sign,
            np.floor,
            np.ceil,
            np.rint,
        ),
    ],
)
def test_functions(function: Any, iris: tuple[Any, Any]) -> None:
    x, _ = iris
    check(preprocessing.FunctionTransformer(function).fit(x), x, narrow=1e-3)


def test_ranges_come_from_the_scaler(iris: tuple[Any, Any]) -> None:
    x, y = iris
    model = make_pipeline(preprocessing.MinMaxScaler(), decomposition.PCA(2)).fit(x, y)
    features = check(model, x).graph.inputs[0].features
    assert [(f.low, f.high) for f in features] == list(zip(x.min(axis=0), x.max(axis=0), strict=True))


def test_probes_are_input_values_even_behind_a_scaler() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = x[:, :3]
    bins = preprocessing.KBinsDiscretizer(3, encode="ordinal", strategy="uniform")
    imported = check(
        make_pipeline(preprocessing.StandardScaler(), bins, LogisticRegression()).fit(x, y), x, narrow=None
    )
    edges = bins.bin_edges_[1][1:-1] * x[:, 1].std() + x[:, 1].mean()
    np.testing.assert_allclose(imported.probes[1], edges)


def test_a_projection_and_a_linear_model_merge_when_that_is_smaller() -> None:
    x, y = load_digits(return_X_y=True)
    model = make_pipeline(decomposition.PCA(20), LogisticRegression(max_iter=50, tol=0.1)).fit(x[:500], y[:500])
    assert [node.op for node in check(model, x).graph.nodes].count("dense") == 1
