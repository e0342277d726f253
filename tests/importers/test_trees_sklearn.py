"""scikit-learn tree estimators against scikit-learn: the same bits, on random rows and at every border."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tree_rows import probe_rows

from edgescore_converters.errors import ConvertError, UnsupportedError
from edgescore_converters.importers._sklearn_trees import load_sklearn_trees
from edgescore_converters.importers._tree_model import TreeModel

ensemble = pytest.importorskip("sklearn.ensemble")
tree = pytest.importorskip("sklearn.tree")

ROWS = 300
NAMES = np.array(["fig", "olive", "pear"])


def data(missing: bool = False) -> tuple[NDArray[np.float64], dict[str, NDArray[Any]]]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 5))
    value = x[:, 0] + x[:, 1] * x[:, 2]
    if missing:
        x[rng.random(x.shape) < 0.1] = np.nan
    return x, {
        "value": value,
        "two values": np.column_stack([value, value**2]),
        "positive": np.abs(value) + 0.1,
        "binary": value > 0.2,
        "three": NAMES[np.digitize(value, [-0.5, 0.5])],
        "two labels": np.column_stack([value > 0, value > 1]),
    }


def own_thresholds(estimator: Any) -> NDArray[np.float64]:
    """(feature, threshold) of all trees before rounding to float32."""
    members = np.asarray(getattr(estimator, "estimators_", [estimator])).ravel()
    subsets = getattr(estimator, "estimators_features_", [None] * len(members))
    pairs = []
    for member, features in zip(members, subsets, strict=True):
        nodes = member.tree_.feature >= 0
        feature = member.tree_.feature[nodes]
        feature = feature if features is None else np.asarray(features)[feature]
        pairs.append(np.column_stack([feature, member.tree_.threshold[nodes]]))
    return np.concatenate(pairs)


def rows_for(model: TreeModel, estimator: Any, x: NDArray[np.float64], missing: bool) -> NDArray[np.float64]:
    """Infinities only for estimators that take them: those without categories that compare float64."""
    wide = model.ensemble.compare_dtype == "float64"
    return probe_rows(
        model.ensemble,
        x,
        thresholds=None if wide else own_thresholds(estimator),
        nan=missing or wide,
        infinite=wide and not model.ensemble.category_sets,
    )


def fit(estimator: Any, label: str | None, missing: bool = False) -> tuple[TreeModel, Any, NDArray[np.float64]]:
    x, labels = data(missing)
    estimator.set_params(random_state=0)
    estimator.fit(x, None if label is None else labels[label])
    model = load_sklearn_trees(estimator)
    return model, estimator, rows_for(model, estimator, x, missing)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        *[(f"{kind}Classifier", missing) for kind in ("DecisionTree", "ExtraTree") for missing in (False, True)],
        *[(f"{kind}Classifier", missing) for kind in ("RandomForest", "ExtraTrees") for missing in (False, True)],
        ("BaggingClassifier", False),
    ],
)
@pytest.mark.parametrize("label", ["binary", "three"])
def test_class_probabilities(name: str, missing: bool, label: str) -> None:
    options: dict[str, Any] = {} if name.startswith(("Decision", "ExtraTreeC")) else {"n_estimators": 10}
    options |= {"max_features": 0.6} if name.startswith("Bagging") else {"max_depth": 6}
    model, estimator, rows = fit(getattr(tree, name, getattr(ensemble, name, None))(**options), label, missing)
    raw = model.ensemble.raw(rows)
    assert (model.link, model.decision) == ("identity", "argmax")
    assert np.array_equal(raw, estimator.predict_proba(rows))
    assert np.array_equal(model.labels(raw), estimator.predict(rows))


@pytest.mark.parametrize(
    "name",
    [
        "DecisionTreeRegressor",
        "ExtraTreeRegressor",
        "RandomForestRegressor",
        "ExtraTreesRegressor",
        "BaggingRegressor",
    ],
)
@pytest.mark.parametrize("label", ["value", "two values"])
def test_mean_values(name: str, label: str) -> None:
    options: dict[str, Any] = {} if name.startswith(("Decision", "ExtraTreeR")) else {"n_estimators": 10}
    options |= {"max_features": 0.6} if name.startswith("Bagging") else {"max_depth": 6}
    model, estimator, rows = fit(getattr(tree, name, getattr(ensemble, name, None))(**options), label)
    assert np.array_equal(model.ensemble.raw(rows), estimator.predict(rows).reshape(len(rows), -1))


def test_bags_that_saw_no_row_of_some_class() -> None:
    model, estimator, rows = fit(ensemble.BaggingClassifier(n_estimators=3), "three")
    x, labels = data()
    seen = labels["three"] != "olive"
    estimator.estimators_[1] = tree.DecisionTreeClassifier().fit(
        x[seen], np.where(labels["three"] == "pear", 2, 0)[seen]
    )
    model = load_sklearn_trees(estimator)
    assert np.array_equal(model.ensemble.raw(rows), estimator.predict_proba(rows))


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({}, "three"),
        ({}, "binary"),
        ({"loss": "exponential"}, "binary"),
        ({"init": "zero"}, "binary"),
        ({"init": "zero", "subsample": 0.5}, "three"),
    ],
)
def test_gradient_boosting_classes(options: dict[str, Any], label: str) -> None:
    model, estimator, rows = fit(ensemble.GradientBoostingClassifier(n_estimators=10, **options), label)
    raw = model.ensemble.raw(rows)
    assert np.array_equal(raw, estimator.decision_function(rows).reshape(len(rows), -1))
    assert np.array_equal(model.labels(raw), estimator.predict(rows))
    assert np.allclose(model.outputs(raw), estimator.predict_proba(rows), rtol=0, atol=1e-15)


def test_a_tie_of_gradient_boosting_is_positive() -> None:
    x = np.asarray([[0.0], [0.0]])
    estimator = ensemble.GradientBoostingClassifier(n_estimators=1, init="zero").fit(x, [0, 1])
    model = load_sklearn_trees(estimator)
    raw = model.ensemble.raw(x)
    assert raw.tolist() == [[0.0], [0.0]]
    assert np.array_equal(model.labels(raw), estimator.predict(x))


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_gradient_boosting_values(loss: str) -> None:
    model, estimator, rows = fit(ensemble.GradientBoostingRegressor(n_estimators=10, loss=loss), "value")
    assert np.array_equal(model.outputs(model.ensemble.raw(rows))[:, 0], estimator.predict(rows))


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("label", ["binary", "three"])
def test_histogram_gradient_boosting_classes(label: str, missing: bool) -> None:
    model, estimator, rows = fit(ensemble.HistGradientBoostingClassifier(max_iter=10), label, missing)
    raw = model.ensemble.raw(rows)
    assert np.array_equal(raw, estimator.decision_function(rows).reshape(len(rows), -1))
    assert np.array_equal(model.labels(raw), estimator.predict(rows))
    assert np.allclose(model.outputs(raw), estimator.predict_proba(rows), rtol=0, atol=1e-15)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "quantile", "poisson", "gamma"])
def test_histogram_gradient_boosting_values(loss: str) -> None:
    estimator = ensemble.HistGradientBoostingRegressor(max_iter=10, loss=loss, quantile=0.3)
    model, estimator, rows = fit(estimator, "positive", missing=True)
    assert np.array_equal(model.ensemble.raw(rows), estimator._raw_predict(rows))
    assert np.allclose(model.outputs(model.ensemble.raw(rows))[:, 0], estimator.predict(rows), rtol=1e-15)


@pytest.mark.parametrize("scale", [2.0, 0.5, -1.0])
def test_histogram_gradient_boosting_categories(scale: float) -> None:
    """Whole numbers are tested as they are; halves and negative ones need an encoder."""
    x, labels = data(missing=True)
    rng = np.random.default_rng(1)
    x[:, 1] = rng.integers(0, 30, ROWS) * scale
    x[:, 3] = rng.integers(0, 5, ROWS)
    x[::9, 3] = np.nan
    target = labels["value"] + (x[:, 1] / scale % 7)
    estimator = ensemble.HistGradientBoostingRegressor(max_iter=10, categorical_features=[1, 3], min_samples_leaf=3)
    model = load_sklearn_trees(estimator.fit(x, target))
    assert model.ensemble.stats()["categorical_splits"] > 20
    rows = rows_for(model, estimator, x, missing=True)
    coded = rows.copy()
    for feature, categories in model.encoders.items():
        coded[:, feature] = np.nan
        for code, category in enumerate(categories):
            coded[rows[:, feature] == category, feature] = code
    assert list(model.encoders) == ([] if scale == 2 else [1])
    assert np.array_equal(model.ensemble.raw(coded), estimator._raw_predict(rows))


def test_histogram_gradient_boosting_on_text() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"n": rng.normal(size=ROWS), "fruit": pandas.Categorical(rng.choice(NAMES, ROWS))})
    estimator = ensemble.HistGradientBoostingClassifier(max_iter=5).fit(
        frame, (frame["fruit"] == "fig") ^ (frame["n"] > 0)
    )
    model = load_sklearn_trees(estimator)
    assert model.encoders == {1: NAMES.tolist()}
    assert model.feature_names == ["n", "fruit"]
    codes = np.column_stack([frame["n"], frame["fruit"].cat.codes])
    assert np.array_equal(model.ensemble.raw(codes)[:, 0], estimator.decision_function(frame))


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({}, False),
        ({"max_features": 0.5, "contamination": 0.1}, False),
        ({"max_features": 3}, True),
        ({"max_samples": 1}, False),
    ],
)
def test_isolation_forest(options: dict[str, Any], missing: bool) -> None:
    model, estimator, rows = fit(ensemble.IsolationForest(n_estimators=15, **options), None, missing)
    raw = model.ensemble.raw(rows)
    assert np.array_equal(model.outputs(raw)[:, 0], estimator.decision_function(rows))
    assert np.array_equal(model.labels(raw), estimator.predict(rows))


@pytest.mark.parametrize(("depth", "label"), [(1, "binary"), (3, "binary"), (1, "three"), (4, "three")])
def test_ada_boost(depth: int, label: str) -> None:
    base = tree.DecisionTreeClassifier(max_depth=depth)
    model, estimator, rows = fit(ensemble.AdaBoostClassifier(base, n_estimators=10), label)
    raw = model.ensemble.raw(rows)
    decision = estimator.decision_function(rows)
    assert np.array_equal(raw[:, 1] - raw[:, 0] if label == "binary" else raw, decision)
    assert np.array_equal(model.labels(raw), estimator.predict(rows))
    assert np.allclose(model.outputs(raw), estimator.predict_proba(rows), rtol=0, atol=1e-15)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_weighted_median(count: int) -> None:
    model, estimator, rows = fit(ensemble.AdaBoostRegressor(n_estimators=count), "value")
    assert np.array_equal(model.sums(rows)[:, 0], estimator.predict(rows))


@pytest.mark.parametrize("name", ["DecisionTreeClassifier", "ExtraTreesClassifier"])
def test_classes_of_several_targets(name: str) -> None:
    x, labels = data()
    estimator = getattr(tree, name, getattr(ensemble, name, None))(max_depth=5, random_state=0)
    estimator.fit(x, labels["two labels"])
    for output in range(2):
        model = load_sklearn_trees(estimator, output)
        rows = rows_for(model, estimator, x, missing=False)
        raw = model.ensemble.raw(rows)
        assert np.array_equal(raw, estimator.predict_proba(rows)[output])
        assert np.array_equal(model.labels(raw), estimator.predict(rows)[:, output])


def test_names_of_columns() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(data()[0], columns=list("abcde"))
    model = load_sklearn_trees(tree.DecisionTreeRegressor(max_depth=2).fit(frame, data()[1]["value"]))
    assert model.feature_names == list("abcde")


@pytest.mark.parametrize(
    ("name", "options", "label", "message"),
    [
        ("RandomTreesEmbedding", {"n_estimators": 2}, None, "RandomTreesEmbedding: its result is the leaves"),
        ("BaggingClassifier", {"estimator": "forest", "n_estimators": 2}, "binary", "combines RandomForestClassifier"),
        ("AdaBoostClassifier", {"estimator": "forest", "n_estimators": 2}, "binary", "combines RandomForestClassifier"),
        ("GradientBoostingRegressor", {"init": "forest", "n_estimators": 2}, "value", "depends on the row"),
    ],
)
def test_what_is_no_weighted_sum_is_refused(
    name: str, options: dict[str, Any], label: str | None, message: str
) -> None:
    kind = "Regressor" if name.endswith("Regressor") else "Classifier"
    forest = getattr(ensemble, f"RandomForest{kind}")(n_estimators=2)
    estimator = getattr(ensemble, name)(
        **{key: forest if value == "forest" else value for key, value in options.items()}
    )
    x, labels = data()
    estimator.fit(x, None if label is None else labels[label])
    with pytest.raises(UnsupportedError, match=message):
        load_sklearn_trees(estimator)


def test_an_estimator_must_be_fitted() -> None:
    with pytest.raises(ConvertError, match="RandomForestClassifier is not fitted: call fit"):
        load_sklearn_trees(ensemble.RandomForestClassifier())


def test_a_namesake_from_elsewhere_is_refused() -> None:
    namesake = type("RandomForestClassifier", (), {})()
    with pytest.raises(UnsupportedError, match="RandomForestClassifier: it is no tree estimator of scikit-learn"):
        load_sklearn_trees(namesake)
