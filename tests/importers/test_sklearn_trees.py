"""Tree ensembles through the importer, alone and inside pipelines; their normal form has tests of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from evaluate import check
from sklearn import ensemble, tree
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

CLASSIFIERS = [
    tree.DecisionTreeClassifier(max_depth=5, random_state=0),
    tree.ExtraTreeClassifier(max_depth=5, random_state=0),
    ensemble.RandomForestClassifier(10, random_state=0),
    ensemble.ExtraTreesClassifier(10, max_depth=6, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=5),
    ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    ensemble.BaggingClassifier(n_estimators=5, max_features=0.5, random_state=0),
]
REGRESSORS = [
    tree.DecisionTreeRegressor(max_depth=5, random_state=0),
    ensemble.RandomForestRegressor(10, random_state=0),
    ensemble.ExtraTreesRegressor(10, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=10),
    ensemble.HistGradientBoostingRegressor(max_iter=10, loss="poisson"),
]
NAN_ROUTES = ("DecisionTree", "ExtraTree", "RandomForest", "HistGradient", "Bagging", "IsolationForest")


def _name(estimator: Any) -> str:
    return type(estimator).__name__


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_digits])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=_name)
def test_classifiers(estimator: Any, load: Any) -> None:
    x, y = load(return_X_y=True)
    x, y = x[:500], y[:500]
    imported = check(estimator.fit(x, y), x)
    assert imported.graph.inputs[0].nan == _name(estimator).startswith(NAN_ROUTES)
    assert imported.probes


@pytest.mark.parametrize("estimator", REGRESSORS, ids=_name)
def test_regressors(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    check(estimator.fit(x, y), x)


@pytest.mark.parametrize("estimator", REGRESSORS[:3], ids=_name)
def test_several_targets(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    check(estimator.fit(x, np.stack([y, -y], axis=1)), x)


@pytest.mark.parametrize("contamination", ["auto", 0.2])
def test_isolation_forest(contamination: Any) -> None:
    x, _ = load_wine(return_X_y=True)
    imported = check(
        ensemble.IsolationForest(n_estimators=10, contamination=contamination, random_state=0).fit(x), 2 * x
    )
    assert imported.task == "anomaly"


@pytest.mark.parametrize("estimator", [CLASSIFIERS[2], CLASSIFIERS[5]], ids=_name)
def test_behind_a_scaler_the_comparison_stays_exact(estimator: Any) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), estimator).fit(x, y)
    imported = check(model, x)
    # Rows at the thresholds themselves, and one ulp to either side.
    rows = []
    for feature, values in imported.probes.items():
        for value in np.float32(values[:8]):
            for at in (value, np.nextafter(value, np.float32(np.inf)), np.nextafter(value, np.float32(-np.inf))):
                rows.append(np.float32(x[len(rows) % len(x)]))
                rows[-1][feature] = at
    check(model, np.stack(rows))


def test_missing_values_take_the_learned_side() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = np.where(np.random.default_rng(0).random(x.shape) < 0.1, np.nan, x)
    for estimator in (CLASSIFIERS[2], CLASSIFIERS[5]):
        assert check(make_pipeline(StandardScaler(), estimator).fit(x, y), x).graph.inputs[0].nan


def test_text_categories_of_histogram_boosting() -> None:
    rng = np.random.default_rng(3)
    city = rng.choice(["oslo", "rome", "bern", "lima"], 300)
    frame = pd.DataFrame({"x": rng.normal(size=300), "city": pd.Categorical(city)})
    y = (frame["x"] + 2 * (city == "rome") - 2 * (city == "lima")) > 0
    model = ensemble.HistGradientBoostingClassifier(categorical_features=["city"], max_iter=10).fit(frame, y)
    imported = check(model, frame.to_numpy(object))
    assert sorted(imported.graph.inputs[0].features[1].categories or []) == ["bern", "lima", "oslo", "rome"]


@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_boosters_of_other_packages_in_a_pipeline(package: str, load: Any) -> None:
    module = pytest.importorskip(package)
    x, y = load(return_X_y=True)
    if package == "xgboost":
        booster = module.XGBClassifier(n_estimators=5)
    else:
        booster = module.LGBMClassifier(n_estimators=5, verbose=-1)
    vote = ensemble.VotingClassifier([("a", booster), ("b", tree.DecisionTreeClassifier(max_depth=3))], voting="soft")
    check(make_pipeline(StandardScaler().set_output(transform="default"), booster).fit(x, y), x)
    check(vote.fit(x, y), x)


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.parametrize(
    "estimator",
    [
        CLASSIFIERS[2],
        CLASSIFIERS[5],
        make_pipeline(KBinsDiscretizer(3, strategy="uniform"), LogisticRegression()),
        LinearDiscriminantAnalysis(),
    ],
    ids=_name,
)
def test_float64_rows_are_decided_as_they_are(estimator: Any, load: Any) -> None:
    x, y = load(return_X_y=True)
    imported = check(make_pipeline(StandardScaler(), estimator).fit(x, y), x, input_dtype="float64")
    assert imported.graph.inputs[0].value.dtype == "float64"
