"""ai.onnx.ml LinearRegressor and LinearClassifier: one matrix product, a decision before the post_transform, labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgescore_converters.ir import Value

from ._call import ML, Call, handles, table
from ._post_transform import pair, post_transform, transformed
from ._tensors import Rows, Tensor


def class_labels(call: Call) -> list[Any]:
    """The labels of a classifier, of either type."""
    texts, numbers = call.attribute("classlabels_strings", []), call.attribute("classlabels_ints", [])
    return list(texts or numbers)


def label_output(call: Call, index: Value, classes: list[Any]) -> Rows:
    """The label output of a classifier: the entries of ``classes`` that ``index`` names."""
    return Rows(index, (None,), "str" if isinstance(classes[0], str) else "int64", classes=classes)


def product(call: Call, count: int) -> Value:
    """x W^T + b for ``count`` rows of coefficients; ONNX Runtime reads no more of them than that, so nor do we."""
    x = call.float32()
    size = count * x.shape[1]
    weights, bias = call.floats("coefficients"), call.floats("intercepts")
    if len(weights) < size:
        call.refuse(f"it has {len(weights)} coefficients for {count} x {x.shape[1]}", "export the model again")
    weights = weights[:size].reshape(count, -1)
    return call.add("dense", x, weights, bias if len(bias) == count and np.any(bias) else None)


@handles("LinearRegressor", domain=ML)
def linear_regressor(call: Call) -> Tensor:
    """The product and its post_transform, of which ONNX Runtime applies only PROBIT to a single target."""
    link, targets = post_transform(call), int(call.attribute("targets", 1))
    return table(transformed(call, product(call, targets), link))


@handles("LinearClassifier", domain=ML)
def linear_classifier(call: Call) -> tuple[Tensor, ...]:
    """(label, scores). The label is that of the first largest product; a single product above 0 chooses the second.

    ``multi_class`` only says how the model was trained.
    """
    call.attribute("multi_class")
    classes, link = class_labels(call), post_transform(call)
    count = len(call.floats("intercepts"))
    if not count:
        call.refuse("it has no intercepts, by which ONNX Runtime counts its classes", "export it with intercepts of 0")
    if len(classes) < max(count, 2) or (count == 1 and len(classes) > 2):
        call.refuse(f"it has {len(classes)} labels for {max(count, 2)} classes", "export the model again")
    scores = product(call, count)
    if count > 1:
        return label_output(call, call.add("argmax", scores), classes), table(transformed(call, scores, link))
    call.remember(scores, [0.0])
    index = call.add("cast", call.add("binarize", scores, np.zeros(1)), dtype="int32")
    return label_output(call, index, classes), table(pair(call, scores, link, signed=False))
