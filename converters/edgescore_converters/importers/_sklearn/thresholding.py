"""Two-class classifiers with a threshold of their own: FixedThresholdClassifier, TunedThresholdClassifierCV."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor


@predictor("FixedThresholdClassifier", "TunedThresholdClassifierCV", composite=True)
def thresholded(b: Builder, est: Any, x: Table) -> Prediction:
    """The positive class where its score is at least the threshold; the inner estimator's scores."""
    tuned = hasattr(est, "best_threshold_")
    inner = b.predict(getattr(est, "estimator_", est.estimator), x, "estimator")
    methods = ("predict_proba", "decision_function") if est.response_method == "auto" else (est.response_method,)
    value = inner.score(*methods)
    method = next(name for name in methods if name in inner.scores)
    classes = plain(est.classes_)
    wanted = est._curve_scorer._get_pos_label() if tuned else est.pos_label
    positive = 1 if wanted is None else classes.index(wanted)
    if method == "predict_proba":
        value = b.add("columns", value, np.asarray([positive], np.int32))
    elif positive == 0:
        value = b.add("mul", value, -1.0)
    threshold = est.best_threshold_ if tuned else est.threshold
    if isinstance(threshold, str):
        threshold = 0.5 if method == "predict_proba" else 0.0
    # At least the threshold is more than the number before it. The index is of (negative, positive).
    label = b.above(value, float(np.nextafter(threshold, -np.inf)))
    if positive == 0:
        label = b.add("cast", b.affine(b.add("cast", label, dtype="float64"), [[-1.0]], [1.0]), dtype="int32")
    return Prediction("classification", inner.scores, label, classes)
