"""What holds other estimators together: Pipeline, ColumnTransformer, FeatureUnion, searches, transformed targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .inverting import inverse
from .prediction import Prediction
from .registry import predictor, transformer
from .selecting import select


@transformer("Pipeline", composite=True)
def pipeline_transform(b: Builder, est: Any, x: Table) -> Table:
    """Every step in turn."""
    for name, step in est.steps:
        if step is not None and step != "passthrough":
            x = b.transform(step, x, name)
    return Table(x.value, x.columns)


@predictor("Pipeline", composite=True)
def pipeline_predict(b: Builder, est: Any, x: Table) -> Prediction:
    """Every step but the last transforms."""
    for name, step in est.steps[:-1]:
        if step is not None and step != "passthrough":
            x = b.transform(step, x, name)
    name, last = est.steps[-1]
    return b.predict(last, x, name)


@transformer("ColumnTransformer", composite=True)
def columns(b: Builder, est: Any, x: Table) -> Table:
    """Each transformer on its columns, side by side; the columns are numbers in the order of the training table."""
    parts = []
    weights = est.transformer_weights or {}
    for name, step, _ in est.transformers_:
        index = _numbers(est._transformer_to_input_indices[name], x.width)
        if (isinstance(step, str) and step == "drop") or not index:
            continue
        part = b.select(x, index)
        if not (isinstance(step, str) and step == "passthrough"):
            part = b.transform(step, part, name)
        parts.append(_weighted(b, part, weights.get(name)))
    return b.join(parts)


def _numbers(index: Any, width: int) -> list[int]:
    chosen: list[int] = np.ravel(np.arange(width)[index]).tolist()
    return chosen


@transformer("FeatureUnion", composite=True)
def union(b: Builder, est: Any, x: Table) -> Table:
    """Every transformer on all columns, side by side."""
    weights = est.transformer_weights or {}
    parts = []
    for name, step in est.transformer_list:
        if isinstance(step, str) and step == "drop":
            continue
        part = x if isinstance(step, str) else b.transform(step, x, name)
        parts.append(_weighted(b, part, weights.get(name)))
    return b.join(parts)


def _weighted(b: Builder, part: Table, weight: float | None) -> Table:
    if weight is None or part.failed:
        return part
    return part.affine(b.add("mul", part.value, float(weight)), float(weight), 0.0)


SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")


@predictor(*SEARCHES, composite=True)
def search(b: Builder, est: Any, x: Table) -> Prediction:
    """The best estimator found."""
    if not hasattr(est, "best_estimator_"):
        raise b.refusal("it kept no fitted estimator", "search with refit=True, and call fit")
    return b.predict(est.best_estimator_, x, "best_estimator")


@transformer(*SEARCHES, composite=True)
def search_transform(b: Builder, est: Any, x: Table) -> Table:
    """The best estimator found."""
    if not hasattr(est, "best_estimator_"):
        raise b.refusal("it kept no fitted estimator", "search with refit=True, and call fit")
    return b.transform(est.best_estimator_, x, "best_estimator")


@predictor("RFE", "RFECV")
def on_selected(b: Builder, est: Any, x: Table) -> Prediction:
    """The estimator fitted on the columns that were kept."""
    return b.predict(est.estimator_, select(b, est, x), "estimator")


@predictor("SelfTrainingClassifier", composite=True)
def self_trained(b: Builder, est: Any, x: Table) -> Prediction:
    """The estimator fitted last."""
    return b.predict(est.estimator_, x, "estimator")


@predictor("FrozenEstimator", composite=True)
def frozen(b: Builder, est: Any, x: Table) -> Prediction:
    """The estimator inside."""
    return b.predict(est.estimator, x)


@transformer("FrozenEstimator", composite=True)
def frozen_transform(b: Builder, est: Any, x: Table) -> Table:
    """The estimator inside."""
    return b.transform(est.estimator, x)


@predictor("TransformedTargetRegressor", composite=True)
def transformed_target(b: Builder, est: Any, x: Table) -> Prediction:
    """The inner regressor's prediction through the inverse of what was done to the targets."""
    inner = b.predict(est.regressor_, x, "regressor")
    return Prediction("regression", {"predict": inverse(b, est.transformer_, inner.score("predict"))})
