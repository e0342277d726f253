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
from sklearn.linear_model import LogisticRegression, Ridge
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
    ensemble.AdaBoostRegressor(n_estimators=10, random_state=0),
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


WEIGHED = np.random.default_rng(5).exponential(size=1000)
UP = [1, -1, *[0] * 8]


@pytest.mark.parametrize("loss", ["linear", "square", "exponential"])
def test_the_weighted_median_of_boosted_regressors(loss: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    for base in (None, tree.DecisionTreeRegressor(max_depth=6), make_pipeline(StandardScaler(), Ridge())):
        model = ensemble.AdaBoostRegressor(base, n_estimators=13, loss=loss, random_state=0)
        check(model.fit(x, y), x)
    # Equal weights tie exactly at the half; a perfect first tree ends the boosting at once.
    model.estimator_weights_ = np.ones(len(model.estimators_))
    check(model, x)
    check(ensemble.AdaBoostRegressor(tree.DecisionTreeRegressor(), random_state=0).fit(x, np.round(y / 200)), x)


@pytest.mark.parametrize("kind", ["DecisionTree", "ExtraTree", "RandomForest", "ExtraTrees"])
def test_classifiers_of_several_targets(kind: str) -> None:
    x, y = load_wine(return_X_y=True)
    options = {} if kind.endswith("Tree") else {"n_estimators": 7}
    model = getattr(tree if kind.endswith("Tree") else ensemble, f"{kind}Classifier")(max_depth=4, **options)
    imported = check(model.fit(x, np.stack([y, x[:, 0] > 13, 10 * (x[:, 1] > 2)], axis=1)), x)
    names = ["probabilities_0", "label_0", "probabilities_1", "label_1", "probabilities_2", "label_2"]
    assert [port.name for port in imported.graph.outputs] == names


@pytest.mark.parametrize(
    "model",
    [
        tree.DecisionTreeRegressor(max_depth=5, monotonic_cst=UP),
        ensemble.RandomForestRegressor(7, monotonic_cst=UP, max_depth=5),
        ensemble.ExtraTreesRegressor(7, monotonic_cst=UP, max_depth=5),
        ensemble.HistGradientBoostingRegressor(max_iter=7, monotonic_cst=UP),
        ensemble.HistGradientBoostingRegressor(max_iter=7, loss="quantile", quantile=0.3),
        ensemble.HistGradientBoostingRegressor(max_iter=7, loss="gamma"),
        ensemble.GradientBoostingRegressor(n_estimators=7, loss="huber", init="zero"),
        ensemble.GradientBoostingRegressor(n_estimators=7, loss="quantile", alpha=0.3),
        ensemble.BaggingRegressor(tree.ExtraTreeRegressor(max_depth=4), 7, max_features=0.5, bootstrap_features=True),
        tree.ExtraTreeRegressor(criterion="absolute_error", max_depth=5),
    ],
    ids=_name,
)
def test_constraints_losses_and_weighted_samples_of_regressors(model: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    check(model.set_params(random_state=0).fit(x, y, sample_weight=WEIGHED[: len(x)]), x)


@pytest.mark.parametrize(
    "model",
    [
        tree.DecisionTreeClassifier(max_depth=5, monotonic_cst=[*UP, *[0] * 20], class_weight="balanced"),
        ensemble.RandomForestClassifier(7, monotonic_cst=[*UP, *[0] * 20], max_depth=5),
        ensemble.ExtraTreesClassifier(7, class_weight="balanced_subsample", bootstrap=True),
        ensemble.HistGradientBoostingClassifier(max_iter=7, monotonic_cst=[*UP, *[0] * 20]),
        ensemble.GradientBoostingClassifier(n_estimators=7, loss="exponential"),
        ensemble.GradientBoostingClassifier(n_estimators=7, init="zero", subsample=0.5),
        ensemble.AdaBoostClassifier(tree.ExtraTreeClassifier(max_depth=3), n_estimators=7),
        ensemble.BaggingClassifier(tree.ExtraTreeClassifier(max_depth=4), 7, max_features=0.5),
    ],
    ids=_name,
)
def test_constraints_losses_and_weighted_samples_of_classifiers(model: Any) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    check(model.set_params(random_state=0).fit(x, y, sample_weight=WEIGHED[: len(x)]), x)


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_votes_of_trees(voting: Any) -> None:
    x, y = load_wine(return_X_y=True)
    members = [("a", CLASSIFIERS[0]), ("b", CLASSIFIERS[2]), ("c", CLASSIFIERS[4]), ("d", CLASSIFIERS[5])]
    check(ensemble.VotingClassifier(members, voting=voting, weights=[1, 2, 0.5, 1]).fit(x, y), x)
    if voting == "soft":
        regressors = [("a", REGRESSORS[0]), ("b", REGRESSORS[1]), ("c", REGRESSORS[3])]
        check(ensemble.VotingRegressor(regressors).fit(x, y), x)


def test_native_categories_and_missing_values_of_histogram_boosting() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, 4))
    x[:, 0], x[:, 2] = rng.integers(0, 40, 400), rng.choice([3.0, 7.0, 200.0], 400)
    y = np.digitize(np.sin(x[:, 0]) + (x[:, 2] == 7) + x[:, 1] / 2, [-0.2, 0.8])
    x[rng.random(x.shape) < 0.1] = np.nan
    for target, kind in ((y, "Classifier"), (y > 0, "Classifier"), (y, "Regressor")):
        model = getattr(ensemble, f"HistGradientBoosting{kind}")(categorical_features=[0, 2], max_iter=8)
        rows = np.concatenate([x, x])
        rows[400:, 0], rows[400:, 2] = (
            rng.choice([-1, 41, 300, 0.5, np.nan], 400),
            rng.choice([0, 7.5, 255, np.nan], 400),
        )
        check(model.fit(x, target), rows)


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
