"""Ensembles of any estimators: voting, bagging, stacking, AdaBoost, one per target.

Those over trees alone are one tree ensemble (``trees``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor
from .trees import are_trees, tree_model


@predictor("VotingClassifier", composite=True)
def voting(b: Builder, est: Any, x: Table) -> Prediction:
    """Soft: the mean of the probabilities. Hard: the class with the largest sum of weights."""
    classes = plain(est.classes_)
    members = _members(b, est, x)
    if est.voting == "soft":
        p = b.mean([member.score("predict_proba") for member in members], est._weights_not_none)
        return Prediction("classification", {"predict_proba": p}, b.argmax(p), classes)
    weights = est._weights_not_none or [1.0] * len(members)
    votes = [b.add("mul", _one_hot(b, m, len(classes)), float(w)) for m, w in zip(members, weights, strict=True)]
    total = _sum(b, votes)
    return Prediction("classification", {"votes": total}, b.argmax(total), classes)


@predictor("VotingRegressor", composite=True)
def voting_regression(b: Builder, est: Any, x: Table) -> Prediction:
    """The weighted mean."""
    values = [member.score("predict") for member in _members(b, est, x)]
    return Prediction("regression", {"predict": b.mean(values, est._weights_not_none)})


def _members(b: Builder, est: Any, x: Table) -> list[Prediction]:
    names = [name for name, member in est.estimators if not isinstance(member, str)]
    return [b.predict(member, x, name) for name, member in zip(names, est.estimators_, strict=True)]


@predictor("BaggingClassifier", composite=True)
def bagging(b: Builder, est: Any, x: Table) -> Prediction:
    """The mean of the probabilities, or of votes where the members have none."""
    if are_trees(est.estimators_):
        return tree_model(b, est, x)
    classes = plain(est.classes_)
    shares = []
    for member in _bags(b, est, x):
        if "predict_proba" in member.scores:
            p = member.score("predict_proba")
            # A bag may have seen no row of some class; its classes are numbers of the whole's.
            whole = np.zeros((len(classes), p.shape[-1]))
            whole[np.asarray(member.classes, np.int64), np.arange(p.shape[-1])] = 1
            shares.append(p if p.shape[-1] == len(classes) else b.affine(p, whole))
        else:
            shares.append(_one_hot(b, member, len(classes)))
    p = b.mean(shares)
    return Prediction("classification", {"predict_proba": p}, b.argmax(p), classes)


@predictor("BaggingRegressor", composite=True)
def bagging_regression(b: Builder, est: Any, x: Table) -> Prediction:
    """The mean."""
    if are_trees(est.estimators_):
        return tree_model(b, est, x)
    return Prediction("regression", {"predict": b.mean([member.score("predict") for member in _bags(b, est, x)])})


def _bags(b: Builder, est: Any, x: Table) -> list[Prediction]:
    subsets = zip(est.estimators_, est.estimators_features_, strict=True)
    return [b.predict(member, b.select(x, list(index)), str(n)) for n, (member, index) in enumerate(subsets)]


@predictor("AdaBoostClassifier", composite=True)
def boosting(b: Builder, est: Any, x: Table) -> Prediction:
    """SAMME: a member's class gets its weight, the other classes share minus that; over the sum of weights."""
    if are_trees(est.estimators_):
        return tree_model(b, est, x)
    classes = plain(est.classes_)
    others = len(classes) - 1
    b.reads(est, x)  # it checks the rows itself, before its members do
    parts = []
    for number, (member, weight) in enumerate(zip(est.estimators_, est.estimator_weights_, strict=False)):
        vote = _one_hot(b, b.predict(member, x, str(number)), len(classes), classes)
        parts.append(b.add("sub", b.add("mul", vote, weight + weight / others), weight / others))
    total = b.add("div", _sum(b, parts), float(est.estimator_weights_.sum()))
    decision = b.affine(total, [[-1.0, 1.0]]) if others == 1 else total
    logits = b.affine(decision, [[-0.5], [0.5]]) if others == 1 else b.add("div", total, float(others))
    label = b.above(decision, 0.0) if others == 1 else b.argmax(decision)
    scores = {"predict_proba": b.add("softmax", logits), "decision_function": decision}
    return Prediction("classification", scores, label, classes)


@predictor("AdaBoostRegressor", composite=True)
def boosting_regression(b: Builder, est: Any, x: Table) -> Prediction:
    """The weighted median."""
    if are_trees(est.estimators_):
        return tree_model(b, est, x)
    b.reads(est, x)
    values = [b.predict(member, x, str(number)).score("predict") for number, member in enumerate(est.estimators_)]
    weights = np.asarray(est.estimator_weights_[: len(values)], np.float64)
    return Prediction("regression", {"predict": b.add("weighted_quantile", b.concat(values), weights)})


@predictor("StackingClassifier", "StackingRegressor", composite=True)
def stacking(b: Builder, est: Any, x: Table) -> Prediction:
    """The members' answers, and the input behind them if it passes through, to the final estimator."""
    columns = []
    for member, method in zip(_members(b, est, x), est.stack_method_, strict=True):
        if method == "predict" and member.label is not None:
            columns.append(b.label_values(member.index(), member.classes))
            continue
        value = member.score(method)
        pair = method == "predict_proba" and value.shape[-1] == 2
        columns.append(b.add("columns", value, np.ones(1, np.int32)) if pair else value)
    if est.passthrough:
        columns.append(x.value)
    found = b.predict(est.final_estimator_, Table(b.concat(columns)), "final_estimator")
    if hasattr(est, "classes_"):
        # The final estimator was trained on class numbers.
        found.classes = plain(np.asarray(est.classes_)[np.asarray(found.classes, np.int64)])
    return found


@predictor("MultiOutputRegressor", composite=True)
def several_values(b: Builder, est: Any, x: Table) -> Prediction:
    """One column per target."""
    members = [b.predict(member, x, str(number)) for number, member in enumerate(est.estimators_)]
    return Prediction("regression", {"predict": b.concat([member.score("predict") for member in members])})


@predictor("MultiOutputClassifier", composite=True)
def several_classes(b: Builder, est: Any, x: Table) -> Prediction:
    """One set of outputs per target."""
    members = [b.predict(member, x, str(number)) for number, member in enumerate(est.estimators_)]
    for member in members:
        member.index()
    return Prediction("classification", parts=members)


def _one_hot(b: Builder, member: Prediction, classes: int, names: Sequence[Any] | None = None) -> Value:
    """1 in the column of the predicted class. Members know classes by number, or by ``names``."""
    known = list(names) if names is not None else list(range(classes))
    numbers = [known.index(name) for name in member.classes]
    index = b.add("cast", member.index(), dtype="float64")
    listed = np.full(classes, -1.0)
    listed[numbers] = np.arange(len(numbers))
    return b.add("one_hot", index, np.asarray([0, classes], np.int32), listed)


def _sum(b: Builder, values: Sequence[Value]) -> Value:
    total = values[0]
    for value in values[1:]:
        total = b.add("add", total, value)
    return total
