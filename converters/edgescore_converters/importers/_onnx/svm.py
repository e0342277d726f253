"""ai.onnx.ml SVMRegressor and SVMClassifier: kernels over support vectors, one-vs-one votes, pairwise probabilities.

Kernels and their sums are float64: products of unscaled columns are large and cancel, and what ONNX Runtime's float32
loses of them depends on the processor and the number of rows. Conversion narrows where that changes nothing. Support
vectors and coefficients are float32 numbers in the file and are kept as such.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value, constant

from ._call import ML, Call, handles, table
from ._post_transform import pair, post_transform, transformed
from ._tensors import Tensor
from .linear import class_labels, label_output

_KERNELS = {"LINEAR": 0, "RBF": 1, "POLY": 2, "SIGMOID": 3}


def _kernel(call: Call) -> dict[str, Any]:
    """Parameters of `kernel_sum`. Without kernel_params all numbers are 0, as in ONNX Runtime."""
    name, numbers = call.attribute("kernel_type", "LINEAR"), [*call.floats("kernel_params").tolist(), 0.0, 0.0, 0.0]
    gamma, coef0, degree = numbers[:3]
    if name not in _KERNELS:
        call.refuse(f"its kernel {name} is unknown", f"use one of {', '.join(_KERNELS)}")
    if name == "POLY" and (degree != int(degree) or not 0 <= degree < 2**31):
        call.refuse(f"its polynomial kernel has degree {degree}", "use a whole number")
    degree = int(degree) if name == "POLY" else 0
    return {"kernel": _KERNELS[name], "gamma": gamma, "coef0": coef0, "degree": degree}


def _decisions(call: Call, vectors: int, coefficients: NDArray[Any], rho: NDArray[Any]) -> Value:
    """coefficients [m, vectors] times the kernel of x and the support vectors, plus rho [m]."""
    x = call.float32()
    support = call.floats("support_vectors")
    if len(support) != vectors * x.shape[1]:
        call.refuse(
            f"it has {len(support)} numbers for {vectors} support vectors of {x.shape[1]}", "export the model again"
        )
    support = support.reshape(vectors, x.shape[1])
    call.samples(x, support)
    call.remember(x, support, np.tile(np.arange(x.shape[1]), vectors))
    kernel, x = _kernel(call), call.add("cast", x, dtype="float64")
    if kernel["kernel"] == _KERNELS["LINEAR"]:  # one product with the sum of the vectors does for all of them
        return call.add("dense", x, coefficients.astype(np.float64) @ support.astype(np.float64), rho)
    return call.add("kernel_sum", x, constant(support), constant(coefficients), rho, **kernel)


def _linear(call: Call, count: int) -> Value:
    """Without support vectors: a product with the coefficients; every decision gets the same rho."""
    x, weights = call.float32(), call.floats("coefficients")
    call.floats("support_vectors"), _kernel(call)
    if len(weights) != count * x.shape[1]:
        call.refuse(f"it has {len(weights)} coefficients for {count} x {x.shape[1]}", "export the model again")
    return call.add("dense", x, weights.reshape(count, -1), np.repeat(call.floats("rho")[:1], count))


@handles("SVMRegressor", domain=ML)
def svm_regressor(call: Call) -> Tensor:
    """The decision value; for ``one_class`` its sign, -1 at 0."""
    if post_transform(call) != "identity":
        call.refuse("ONNX Runtime ignores its post_transform", "export with NONE and a separate operator")
    vectors = int(call.attribute("n_supports", 0))
    if vectors:
        weights = call.floats("coefficients")
        if len(weights) != vectors:
            call.refuse(f"it has {len(weights)} coefficients for {vectors} support vectors", "export the model again")
        value = _decisions(call, vectors, weights[None, :], call.floats("rho")[:1])
    else:
        value = _linear(call, 1)
    if call.attribute("one_class", 0):
        call.remember(value, [0.0])
        inside = call.add("binarize", value, np.zeros(1))
        value = call.add("sub", call.add("mul", inside, np.asarray(2.0)), np.asarray(1.0))
    return table(value if value.dtype == "float32" else call.add("cast", value, dtype="float32"))


@handles("SVMClassifier", domain=ML)
def svm_classifier(call: Call) -> tuple[Tensor, ...]:
    """(label, scores): decision values, one for each pair of classes, or where it has prob_a probabilities."""
    classes, link = class_labels(call), post_transform(call)
    a, b = call.floats("prob_a"), call.floats("prob_b")
    counts = call.attribute("vectors_per_class", [])
    if len(classes) < 2:
        call.refuse(f"it has {len(classes)} classes", "train on two or more")
    if not sum(counts):
        return _liblinear(call, classes, link)
    pairs = len(classes) * (len(classes) - 1) // 2
    rho = call.floats("rho")
    if len(counts) != len(classes) or len(rho) < pairs or len(a) != len(b) or len(a) not in (0, pairs):
        call.refuse(f"its attributes do not fit {len(classes)} classes", "export the model again")
    decisions = _decisions(call, sum(counts), _pairwise(call, counts), rho[:pairs])
    call.remember(decisions, [0.0])
    label = label_output(call, call.add("argmax", call.add("ovo_vote", decisions, shape=(1, len(classes)))), classes)
    scores = call.add("cast", decisions, dtype="float32")
    if len(a):
        return label, table(transformed(call, _coupled(call, scores, a, b, len(classes)), link))
    if pairs == 1:
        return label, table(pair(call, scores, link, signed=link == "identity"))
    return label, table(transformed(call, scores, link))


def _pairwise(call: Call, counts: list[int]) -> NDArray[np.float32]:
    """[pairs, vectors]: the coefficients of the two classes of each pair, zero for other classes' vectors."""
    vectors, classes = sum(counts), len(counts)
    given = call.floats("coefficients")
    if len(given) < (classes - 1) * vectors:
        call.refuse(f"it has {len(given)} coefficients for {vectors} support vectors", "export the model again")
    dual = given[: (classes - 1) * vectors].reshape(classes - 1, vectors)
    of = np.repeat(np.arange(classes), counts)
    rows = [
        np.where(of == i, dual[j - 1], 0) + np.where(of == j, dual[i], 0)
        for i, j in itertools.combinations(range(classes), 2)
    ]
    return np.asarray(rows, np.float32)


def _coupled(call: Call, decisions: Value, a: NDArray[Any], b: NDArray[Any], classes: int) -> Value:
    """Platt's sigmoid for each pair, held off 0 and 1, then pairwise coupling."""
    if classes > 64:
        call.refuse(f"it couples the probabilities of {classes} classes, more than 64", "export without probabilities")
    logit = call.add("sub", call.add("mul", decisions, -a), b)
    pairwise = call.add("clip", call.add("sigmoid", logit), lo=1e-7, hi=1 - 1e-7)
    return call.add("ovo_proba", pairwise, shape=(1, classes))


def _liblinear(call: Call, classes: list[Any], link: str) -> tuple[Tensor, ...]:
    """Without support vectors: one decision a class. Of two, the second wins where any decision passes a limit."""
    call.floats("rho")
    scores = _linear(call, len(classes))
    index = call.add("argmax", scores)
    if len(classes) == 2:
        # 1/2 counts as passed, 0 does not.
        positive = bool(np.all(call.floats("coefficients") >= 0))
        limit = np.nextafter(np.float32(0.5), np.float32(0)) if positive else 0.0
        call.remember(scores, [limit])
        passed = call.add("dense", call.add("binarize", scores, np.full(2, limit)), np.ones((1, 2)), None)
        either = call.add("add", passed, call.add("cast", index, dtype="float32"))
        index = call.add("cast", call.add("binarize", either, np.zeros(1)), dtype="int32")
    return label_output(call, index, classes), table(transformed(call, scores, link))
