"""Chains of models, each of which sees what those before it say: RegressorChain, ClassifierChain."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor


@predictor("RegressorChain", composite=True)
def regressors(b: Builder, est: Any, x: Table) -> Prediction:
    """A column for each target, in the order of the targets."""
    b.reads(est, x)  # it checks the rows itself, before its members do
    found = []
    for number, member in enumerate(est.estimators_):
        found.append(b.predict(member, x, str(number)).score("predict"))
        x = b.join([x, Table(found[-1])])
    return Prediction("regression", {"predict": b.concat([found[place] for place in np.argsort(est.order_)])})


@predictor("ClassifierChain", composite=True)
def classifiers(b: Builder, est: Any, x: Table) -> Prediction:
    """A label for each target, in the order of the targets; the second class's scores of all."""
    b.reads(est, x)
    members = []
    for number, member in enumerate(est.estimators_):
        found = b.predict(member, x, str(number))
        found.classes = plain(found.classes)
        members.append(found)
        if est.chain_method_ == "predict":
            said = b.label_values(found.index(), found.classes)
        else:
            said = _of_second(b, found.score(est.chain_method_))
        x = b.join([x, Table(said)])
    members = [members[place] for place in np.argsort(est.order_)]
    scores = {}
    for method in ("predict_proba", "decision_function"):
        if all(method in member.scores and len(member.classes) == 2 for member in members):
            scores[method] = b.concat([_of_second(b, member.score(method)) for member in members])
    labels = [_again(b, member) for member in members]
    parts = [Prediction("classification", {}, label, member.classes) for label, member in zip(labels, members)]
    return Prediction("classification", scores, parts=parts)


def _of_second(b: Builder, score: Value) -> Value:
    return b.add("columns", score, np.ones(1, np.int32)) if score.shape[-1] == 2 else score


def _again(b: Builder, member: Prediction) -> Value:
    """The class index as a value of its own: an output that is a label may be read by no node."""
    count = len(member.classes)
    shown = b.add("one_hot", b.wide(member.index()), np.asarray([0, count], np.int32), np.arange(count))
    return b.argmax(shown)
