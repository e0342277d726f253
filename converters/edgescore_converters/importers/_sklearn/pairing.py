"""Multi-class from two-class models: one-vs-rest, one-vs-one, output codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor


@predictor("OneVsRestClassifier", composite=True)
def one_vs_rest(b: Builder, est: Any, x: Table) -> Prediction:
    """The class whose model is surest; probabilities as shares of their sum."""
    classes = plain(est.classes_)
    members = [b.predict(member, x, str(number)) for number, member in enumerate(est.estimators_)]
    sure = b.concat([_confidence(b, member) for member in members])
    scores: dict[str, Value] = {}
    if all("predict_proba" in member.scores for member in members):
        p = b.concat([_second(b, member) for member in members])
        if not est.multilabel_:
            # A row of zeros stays one: scikit-learn does not divide by zero here.
            p = b.pair(p) if len(members) == 1 else b.add("normalizer", p, norm=1)
        scores["predict_proba"] = p
    if all("decision_function" in member.scores for member in members):
        scores["decision_function"] = sure
    if est.multilabel_:
        return b.labels(scores, sure, 0.0 if "decision_function" in scores else 0.5)
    if len(members) > 1:
        return Prediction("classification", scores, b.argmax(sure), classes)
    threshold = 0.0 if "decision_function" in scores else 0.5
    return Prediction("classification", scores, b.above(sure, threshold), classes)


@predictor("OneVsOneClassifier", composite=True)
def one_vs_one(b: Builder, est: Any, x: Table) -> Prediction:
    """Votes of the pairs' models, ties broken by the sum of their confidences."""
    classes = plain(est.classes_)
    if est.pairwise_indices_ is not None:
        raise b.refusal("its models take precomputed kernels", "train with another kernel")
    members = [b.predict(member, x, str(number)) for number, member in enumerate(est.estimators_)]
    pairs = [(i, j) for i in range(len(classes)) for j in range(i + 1, len(classes))]
    first, second = (np.zeros((len(classes), len(pairs))) for _ in range(2))
    for column, (i, j) in enumerate(pairs):
        first[i, column] = second[j, column] = 1
    chose_second = b.concat([b.add("cast", member.index(), dtype="float64") for member in members])
    sums = b.affine(b.concat([_confidence(b, member) for member in members]), second - first)
    bounded = b.add("div", sums, b.add("mul", b.add("add", b.add("abs", sums), 1.0), 3.0))
    scores = b.add("add", b.affine(chose_second, second - first, first.sum(axis=1)), bounded)
    if len(classes) > 2:
        return Prediction("classification", {"decision_function": scores}, b.argmax(scores), classes)
    decision = b.add("columns", scores, np.ones(1, np.int32))
    threshold = 0.0 if "decision_function" in members[0].scores else 0.5
    return Prediction("classification", {"decision_function": decision}, b.above(decision, threshold), classes)


@predictor("OutputCodeClassifier", composite=True)
def output_code(b: Builder, est: Any, x: Table) -> Prediction:
    """The class whose code is nearest to what the models say of its bits."""
    members = [b.predict(member, x, str(number)) for number, member in enumerate(est.estimators_)]
    bits = b.concat([_confidence(b, member) for member in members])
    squares = b.add("sqdist", bits, np.asarray(est.code_book_, np.float64), None)
    return Prediction("classification", {}, b.add("argmin", squares), plain(est.classes_))


def _confidence(b: Builder, member: Prediction) -> Value:
    """The decision value of a two-class model, the second probability where it has none, a regressor's value."""
    if "decision_function" in member.scores or "predict_proba" not in member.scores:
        return member.score("decision_function", "predict")
    return _second(b, member)


def _second(b: Builder, member: Prediction) -> Value:
    return b.add("columns", member.score("predict_proba"), np.ones(1, np.int32))
