"""Calibrated classifiers (sigmoid, isotonic, temperature) and isotonic regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor

# What scikit-learn adds to a probability before it takes the logarithm.
LOG_OFFSET = 1e-12


@predictor("CalibratedClassifierCV", composite=True)
def calibrated(b: Builder, est: Any, x: Table) -> Prediction:
    """The mean over the folds' calibrated probabilities."""
    classes = plain(est.classes_)
    inner = [(b.predict(f.estimator, x, str(n)), f) for n, f in enumerate(est.calibrated_classifiers_)]
    folds = [_fold(b, member, fold, len(classes)) for member, fold in inner]
    p = b.mean(folds)
    return Prediction("classification", {"predict_proba": p}, b.argmax(p), classes)


def _fold(b: Builder, member: Prediction, fold: Any, classes: int) -> Value:
    given = member.score("decision_function", "predict_proba")
    if classes == 2 and given.shape[-1] == 2:
        given = b.add("columns", given, np.ones(1, np.int32))
    if fold.method == "temperature":
        return _tempered(b, fold, given, "decision_function" in member.scores)
    each = []
    for column, calibrator in enumerate(fold.calibrators):
        value = b.add("columns", given, np.asarray([column], np.int32))
        isotonic = type(calibrator).__name__ == "IsotonicRegression"
        each.append(_piecewise(b, calibrator, value) if isotonic else _platt(b, calibrator, value))
    p = b.concat(each)
    if classes == 2:
        return b.pair(p)
    known = list(fold.classes)
    whole = np.zeros((classes, len(each)))
    whole[[known.index(name) for name in fold.estimator.classes_], np.arange(len(each))] = 1
    return b.shares(p if len(each) == classes else b.affine(p, whole))


def _tempered(b: Builder, fold: Any, given: Value, from_decision: bool) -> Value:
    """Softmax of the logits times the inverse temperature; two classes have the logits -x and x, or log p."""
    if from_decision:
        logits = b.affine(given, [[-1.0], [1.0]]) if given.shape[-1] == 1 else given
    else:
        p = b.pair(given) if given.shape[-1] == 1 else given
        logits = b.add("log", b.add("add", p, LOG_OFFSET))
    return b.add("softmax", b.add("mul", logits, float(np.ravel(fold.calibrators[0].beta_)[0])))


def _platt(b: Builder, est: Any, value: Value) -> Value:
    return b.add("sigmoid", b.add("sub", b.add("mul", value, -float(est.a_)), float(est.b_)))


@predictor("IsotonicRegression")
def isotonic(b: Builder, est: Any, x: Table) -> Prediction:
    """Linear between the thresholds, held at the ends."""
    b.saw(x, est.X_min_, est.X_max_)
    for column in x.columns:
        b.probe(column, est.X_thresholds_)
    return Prediction("regression", {"predict": _piecewise(b, est, x.value)})


def _piecewise(b: Builder, est: Any, value: Value) -> Value:
    if est.out_of_bounds == "clip":
        return _clipped(b, est, value)
    # NaN outside, which is what "nan" says; "raise" has no other way to say it.
    return b.add("add", _clipped(b, est, value), b.inside(value, est.X_min_, est.X_max_))


def _clipped(b: Builder, est: Any, value: Value) -> Value:
    x = np.asarray(est.X_thresholds_, np.float64)
    y = np.asarray(est.y_thresholds_, np.float64)
    if len(x) == 1:
        return b.affine(b.add("clip", value, lo=x[0], hi=x[0]), [[0.0]], y)
    # Pieces are looked up by number as (start, height there, slope): steep steps lose nothing to cancellation.
    pieces = [x[:-1], y[:-1], np.diff(y) / np.diff(x)]
    count = len(x) - 1
    held = b.add("clip", value, lo=float(x[0]), hi=float(x[-1]))
    if count == 1:
        return b.affine(b.add("sub", held, x[:1]), [pieces[2]], pieces[1])
    number = b.add("bucketize", held, np.asarray([0, count - 1], np.int32), x[1:-1])
    thrice = b.add("columns", number, np.zeros(3, np.int32))
    offsets = np.arange(4, dtype=np.int32) * count
    found = b.add("lookup", thrice, offsets, np.tile(np.arange(count), 3), np.concatenate(pieces), np.zeros(3), None)
    start, height, slope = (b.add("columns", found, np.asarray([i], np.int32)) for i in range(3))
    return b.add("add", b.add("mul", b.add("sub", held, start), slope), height)
