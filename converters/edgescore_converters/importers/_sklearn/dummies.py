"""Baselines: DummyClassifier and DummyRegressor. Refuses random strategies."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor


@predictor("DummyClassifier", routes_nan=True)
def classifier(b: Builder, est: Any, x: Table) -> Prediction:
    """The same probabilities whatever the row."""
    if est.n_outputs_ != 1 or est.strategy in ("uniform", "stratified"):
        raise b.refusal("it answers at random, or several targets at once", "train with strategy='prior'")
    row = np.zeros((1, est.n_features_in_)) if getattr(est, "n_features_in_", None) else np.zeros((1, 1))
    p = b.constant(x, est.predict_proba(row)[0])
    return Prediction("classification", {"predict_proba": p}, b.argmax(p), plain(est.classes_))


@predictor("DummyRegressor", routes_nan=True)
def regressor(b: Builder, est: Any, x: Table) -> Prediction:
    """The same value whatever the row."""
    return Prediction("regression", {"predict": b.constant(x, est.constant_)})


@predictor("_ConstantPredictor", routes_nan=True)
def constant(b: Builder, est: Any, x: Table) -> Prediction:
    """What one-vs-rest puts where a label is always or never there."""
    share = float(np.ravel(est.y_)[0])
    scores = {"predict_proba": b.constant(x, [1 - share, share]), "decision_function": b.constant(x, [share])}
    return Prediction("classification", scores, b.above(scores["decision_function"], 0.5), [0, 1])
