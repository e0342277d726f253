"""Estimators made of estimators against scikit-learn: voting, stacking, bagging, boosting, calibration, searches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluate import check
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import RFE, RFECV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import edgescore
from edgescore_converters.writer import encode

LOADERS = {"cancer": load_breast_cancer, "iris": load_iris, "wine": load_wine}


def _logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


MEMBERS = [("a", _logistic()), ("b", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]
MARGINS = [("a", RidgeClassifier()), ("b", make_pipeline(StandardScaler(), LinearSVC())), ("c", GaussianNB())]

CLASSIFIERS = [
    VotingClassifier(MEMBERS, voting="soft"),
    VotingClassifier([*MEMBERS, ("none", "drop")], voting="soft", weights=[1, 2, 0.5, 9]),
    VotingClassifier(MARGINS, voting="hard"),
    VotingClassifier(MARGINS, voting="hard", weights=[2, 1, 1]),
    make_pipeline(StandardScaler(), VotingClassifier(MARGINS, voting="hard", weights=[2, 1, 1])),
    StackingClassifier(MEMBERS, LogisticRegression(max_iter=2000), cv=3),
    StackingClassifier(MARGINS, LogisticRegression(max_iter=9000), cv=3),
    StackingClassifier(MARGINS, DecisionTreeClassifier(max_depth=4), cv=3, stack_method="predict"),
    StackingClassifier(MEMBERS, make_pipeline(StandardScaler(), LogisticRegression()), cv=3, passthrough=True),
    BaggingClassifier(_logistic(), 4, max_features=0.5, random_state=0),
    BaggingClassifier(RidgeClassifier(), 5, random_state=0),
    BaggingClassifier(DecisionTreeClassifier(max_depth=4), 5, random_state=0),
    AdaBoostClassifier(GaussianNB(), n_estimators=3, random_state=0),
    AdaBoostClassifier(n_estimators=5, random_state=0),
    CalibratedClassifierCV(make_pipeline(StandardScaler(), LinearSVC()), cv=3),
    CalibratedClassifierCV(make_pipeline(StandardScaler(), LinearSVC()), method="isotonic", cv=3),
    CalibratedClassifierCV(_logistic(), method="isotonic", ensemble=False, cv=3),
    CalibratedClassifierCV(_logistic(), method="temperature", cv=3),
    CalibratedClassifierCV(make_pipeline(StandardScaler(), KNeighborsClassifier()), method="temperature", cv=3),
    OneVsRestClassifier(make_pipeline(StandardScaler(), LinearSVC())),
    OneVsRestClassifier(GaussianNB()),
    OneVsRestClassifier(_logistic()),
    OneVsOneClassifier(make_pipeline(StandardScaler(), LinearSVC())),
    OneVsOneClassifier(GaussianNB()),
    OutputCodeClassifier(make_pipeline(StandardScaler(), LinearSVC()), random_state=0),
    OutputCodeClassifier(GaussianNB(), code_size=3, random_state=0),
    RFE(LogisticRegression(max_iter=9000), n_features_to_select=3),
    make_pipeline(StandardScaler(), RFECV(LogisticRegression(), cv=2)),
    GridSearchCV(_logistic(), {"logisticregression__C": [0.1, 1]}, cv=2),
    DummyClassifier(),
    DummyClassifier(strategy="constant", constant=1),
]


@pytest.mark.parametrize("data", LOADERS)
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: " ".join(str(e).split()))
def test_classifiers(estimator: Any, data: str) -> None:
    x, y = LOADERS[data](return_X_y=True)
    check(estimator.fit(x, y), x, narrow=None)


@pytest.mark.parametrize("seed", range(3))
def test_bags_that_miss_a_class(seed: int) -> None:
    x, y = load_iris(return_X_y=True)
    rows = np.concatenate([x[:4], x[48:52], x[120:123]])
    labels = np.asarray(["setosa", "versicolor", "virginica"])[np.concatenate([y[:4], y[48:52], y[120:123]])]
    bag = BaggingClassifier(KNeighborsClassifier(1), 6, max_samples=4, random_state=seed)
    check(bag.fit(rows, labels), x, narrow=None)


def test_calibration_of_folds_that_miss_a_class() -> None:
    x, y = load_digits(return_X_y=True)
    frozen = FrozenEstimator(GaussianNB().fit(x[:400], y[:400]))
    check(CalibratedClassifierCV(frozen, cv=2).fit(x[400:800], y[400:800]), x[800:1200], narrow=None)


REGRESSORS = [
    VotingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3))], weights=[3, 1]),
    StackingRegressor([("a", Ridge()), ("b", LinearRegression())], Ridge(), cv=3),
    BaggingRegressor(Ridge(), 4, max_features=3, random_state=0),
    BaggingRegressor(n_estimators=4, random_state=0),
    MultiOutputRegressor(Ridge()),
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
    TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()),
    TransformedTargetRegressor(Ridge(), transformer=FunctionTransformer(np.sqrt, np.square)),
    TransformedTargetRegressor(Ridge()),
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()),
    TransformedTargetRegressor(Ridge(), transformer=PowerTransformer("box-cox")),
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=50)),
    TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=50, output_distribution="normal")),
    RegressorChain(Ridge(), order=[1, 0]),
    RegressorChain(DecisionTreeRegressor(max_depth=4, random_state=0)),
    GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=2),
    DummyRegressor(strategy="median"),
]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=lambda e: " ".join(str(e).split()))
def test_regressors(estimator: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    several = isinstance(estimator, (MultiOutputRegressor, RegressorChain))
    check(estimator.fit(x, np.stack([y, y**0.5], axis=1) if several else y), x)


def test_a_classifier_that_trained_itself() -> None:
    x, y = load_iris(return_X_y=True)
    check(SelfTrainingClassifier(_logistic()).fit(x, np.where(np.arange(len(y)) % 3, -1, y)), x)


def test_targets_of_several_kinds_at_once() -> None:
    x, y = load_diabetes(return_X_y=True)
    targets = np.stack([y - 150, np.exp(y / 60), -(y**0.5)], axis=1)
    for transformer in (PowerTransformer(), QuantileTransformer(n_quantiles=40)):
        check(TransformedTargetRegressor(Ridge(), transformer=transformer).fit(x, targets), x)
    logarithm = PowerTransformer(standardize=False).fit(targets)
    logarithm.lambdas_ = np.asarray([0.0, 0.5, 2.0])  # 0 and 2 are logarithms, of one half each
    model = TransformedTargetRegressor(Ridge(), transformer=PowerTransformer(standardize=False)).fit(x, targets / 100)
    model.transformer_ = logarithm
    check(model, x)


def test_members_may_be_fitted_copies_of_what_was_given() -> None:
    x, y = load_iris(return_X_y=True)
    columns = ColumnTransformer([("some", StandardScaler(), [0, 2])], remainder="passthrough")
    members = [("a", make_pipeline(columns, LogisticRegression())), ("b", GaussianNB())]
    for model in (VotingClassifier(members, voting="soft"), StackingClassifier(members, cv=3)):
        assert "ColumnTransformer(StandardScaler)" in check(model.fit(x, y), x, narrow=None).source


def test_isotonic_regression() -> None:
    x, y = load_diabetes(return_X_y=True)
    model = IsotonicRegression(out_of_bounds="clip").fit(x[:, 2:3], y)
    imported = check(model, np.linspace(-0.2, 0.3, 999)[:, None], narrow=None)
    unbounded = IsotonicRegression().fit(x[:, 2:3], y)
    check(unbounded, np.concatenate([np.linspace(-0.2, 0.3, 999), unbounded.X_thresholds_])[:, None], narrow=None)
    assert set(imported.probes[0]) == set(model.X_thresholds_)


def test_several_classes_at_once() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.asarray(["a", "b", "c"])[y]
    targets = np.stack([names, np.where(x[:, 0] > 5.8, "long", "short")], axis=1)
    for weights in ("uniform", "distance"):
        check(KNeighborsClassifier(4, weights=weights).fit(x[::2], targets[::2]), x, narrow=None)
    imported = check(MultiOutputClassifier(_logistic()).fit(x, targets), x)
    assert [port.name for port in imported.graph.outputs] == [
        "probabilities_0",
        "label_0",
        "probabilities_1",
        "label_1",
    ]

    model = MultiOutputClassifier(_logistic()).fit(x, targets)
    device = edgescore.load(encode(imported.graph))
    assert device.predict(x).tolist() == model.predict(x).tolist()
    assert device.predict(x[0].tolist()) == model.predict(x[:1])[0].tolist()
    assert device.predict([]) == []


@pytest.mark.parametrize(
    "estimator",
    [
        OneVsRestClassifier(_logistic()),
        OneVsRestClassifier(GaussianNB()),
        OneVsRestClassifier(make_pipeline(StandardScaler(), LinearSVC())),
        make_pipeline(StandardScaler(), MLPClassifier((4,), tol=0.01, random_state=0)),
        ClassifierChain(_logistic()),
        ClassifierChain(GaussianNB(), order=[2, 0, 1], chain_method="predict_proba"),
        ClassifierChain(make_pipeline(StandardScaler(), LinearSVC()), chain_method="decision_function"),
    ],
    ids=lambda e: " ".join(str(e).split()),
)
def test_several_labels_at_once(estimator: Any) -> None:
    x, y = load_iris(return_X_y=True)
    labels = np.stack([y == 0, y != 1, x[:, 0] > 5.8], axis=1).astype(int)
    imported = check(estimator.fit(x, labels), x, narrow=None)
    assert [port.role for port in imported.graph.outputs] == ["score", "label", "label", "label"]
    device = edgescore.load(encode(imported.graph))
    assert device.predict(x).tolist() == estimator.predict(x).tolist()


def test_a_chain_of_names_of_more_than_two() -> None:
    x, y = load_iris(return_X_y=True)
    targets = np.stack([3 * y, np.where(x[:, 0] > 5.8, 4, 1)], axis=1)
    imported = check(ClassifierChain(GaussianNB()).fit(x, targets), x, narrow=None)
    assert [port.labels for port in imported.graph.outputs] == [[0, 3, 6], [1, 4]]


@pytest.mark.parametrize("positive", [0, 1])
def test_thresholds_of_their_own(positive: int) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    names = np.asarray(["bad", "good"])
    label = str(names[positive])
    scorer = make_scorer(f1_score, pos_label=label)
    for model in (
        TunedThresholdClassifierCV(_logistic(), scoring=scorer, cv=3, response_method="decision_function"),
        FixedThresholdClassifier(_logistic(), threshold=0.9, pos_label=label),
        FixedThresholdClassifier(make_pipeline(StandardScaler(), LinearSVC()), pos_label=label),
    ):
        check(model.fit(x, names[y]), x, narrow=None)


def test_a_constant_does_not_look_at_the_row() -> None:
    x = np.zeros((4, 2))
    rows = np.asarray([[np.nan, 1], [0, 1], [1e30, -1e30]])
    assert check(DummyRegressor().fit(x, [1.0, 2, 3, 4]), rows).graph.inputs[0].nan
