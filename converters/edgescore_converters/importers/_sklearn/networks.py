"""Multi-layer perceptrons, of one target or several."""

from __future__ import annotations

from typing import Any

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor

ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax", "exp": "exp"}


@predictor("MLPRegressor")
def regressor(b: Builder, est: Any, x: Table) -> Prediction:
    """The last layer, one column per target."""
    return Prediction("regression", {"predict": _forward(b, est, x.value)})


@predictor("MLPClassifier")
def classifier(b: Builder, est: Any, x: Table) -> Prediction:
    """One sigmoid, whose class is the second above one half, or softmax."""
    y = _forward(b, est, x.value)
    if est._label_binarizer.y_type_.startswith("multilabel"):
        return b.labels({"predict_proba": y}, y, 0.5)
    binary = y.shape[-1] == 1
    scores = {"predict_proba": b.pair(y) if binary else y}
    label = b.above(y, 0.5) if binary else b.argmax(y)
    return Prediction("classification", scores, label, plain(est.classes_))


def _forward(b: Builder, est: Any, x: Value) -> Value:
    for number, (weights, bias) in enumerate(zip(est.coefs_, est.intercepts_, strict=True), start=2):
        x = b.affine(x, weights.T, bias)
        activation = est.out_activation_ if number == est.n_layers_ else est.activation
        if activation != "identity":
            x = b.add(ACTIVATIONS[activation], x)
    return x
