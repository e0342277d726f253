"""Support vector machines: SVC, NuSVC, SVR, NuSVR, OneClassSVM, with libsvm's votes and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor

KERNELS = {"linear": 0, "rbf": 1, "poly": 2, "sigmoid": 3}
# libsvm holds pairwise probabilities away from 0 and 1 by this much.
MIN_PROBABILITY = 1e-7


@predictor("SVR", "NuSVR")
def regression(b: Builder, est: Any, x: Table) -> Prediction:
    """The kernel sum."""
    return Prediction("regression", {"predict": _kernel_sum(b, est, x, _dense(est.dual_coef_), est.intercept_)})


@predictor("OneClassSVM")
def one_class(b: Builder, est: Any, x: Table) -> Prediction:
    """A positive sum is an inlier."""
    decision = _kernel_sum(b, est, x, _dense(est.dual_coef_), est.intercept_)
    return Prediction("anomaly", {"decision_function": decision}, b.above(decision, 0.0), [-1, 1])


@predictor("SVC", "NuSVC")
def classification(b: Builder, est: Any, x: Table) -> Prediction:
    """Pairwise sums and their votes; with more than two classes decision_function has the shape asked for."""
    classes = plain(est.classes_)
    pairs = _kernel_sum(b, est, x, _pairwise(_dense(est._dual_coef_), est._n_support), est._intercept_)
    if len(classes) == 2:
        # libsvm's one value speaks for the first class, scikit-learn's decision_function for the second.
        decision = b.add("mul", pairs, -1.0)
    else:
        ovr = est.decision_function_shape == "ovr"
        decision = b.add("ovo_vote", pairs, mode=1, shape=(1, len(classes))) if ovr else pairs
    votes = b.add("ovo_vote", pairs, mode=0, shape=(1, len(classes)))
    ties = est.break_ties and est.decision_function_shape == "ovr" and len(classes) > 2
    label = b.argmax(decision if ties else votes)
    scores = {"decision_function": decision}
    if getattr(est, "_effective_probability", est.probability) is True and len(est._probA):
        scores = {"predict_proba": _coupled(b, est, pairs, len(classes)), **scores}
    return Prediction("classification", scores, label, classes)


def _coupled(b: Builder, est: Any, pairs: Value, classes: int) -> Value:
    """Platt's sigmoid for each pair, then pairwise coupling."""
    p = b.add("sigmoid", b.add("sub", b.add("mul", pairs, -np.asarray(est._probA)), est._probB))
    held = b.add("clip", p, lo=MIN_PROBABILITY, hi=1 - MIN_PROBABILITY)
    return b.add("ovo_proba", held, shape=(1, classes))


def _pairwise(dual: NDArray[np.float64], counts: NDArray[Any]) -> NDArray[np.float64]:
    """libsvm's coefficients (classes - 1, vectors) as a row for each pair of classes.

    In pair (i, j) the vectors of class i have row j - 1 and those of class j row i.
    """
    ends = np.cumsum([0, *counts])
    rows = []
    for i in range(len(counts)):
        for j in range(i + 1, len(counts)):
            row = np.zeros(dual.shape[1])
            row[ends[i] : ends[i + 1]] = dual[j - 1, ends[i] : ends[i + 1]]
            row[ends[j] : ends[j + 1]] = dual[i, ends[j] : ends[j + 1]]
            rows.append(row)
    return np.stack(rows)


def _kernel_sum(b: Builder, est: Any, x: Table, coef: NDArray[np.float64], intercept: Any) -> Value:
    if est.kernel not in KERNELS:
        kernel = est.kernel if isinstance(est.kernel, str) else getattr(est.kernel, "__name__", "a Python function")
        raise b.refusal(f"its kernel is {kernel!r}", f"train with one of {', '.join(KERNELS)}")
    vectors = _dense(est.support_vectors_)
    if not len(vectors):
        raise b.refusal("it has no support vectors", "train again with other parameters, or use a DummyRegressor")
    b.saw(x, vectors.min(axis=0), vectors.max(axis=0))
    return b.add(
        "kernel_sum",
        x.value,
        vectors,
        coef,
        np.ravel(np.asarray(intercept, np.float64)),
        kernel=KERNELS[est.kernel],
        degree=int(est.degree),
        gamma=float(est._gamma),
        coef0=float(est.coef0),
    )


def _dense(matrix: Any) -> NDArray[np.float64]:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, np.float64)
