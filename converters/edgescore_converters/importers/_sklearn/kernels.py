"""Estimators on kernels between a row and training rows: kernel ridge, kernel PCA, Nystroem, label spreading; and the
random features that stand for kernels. Refuses kernels that are functions, and those without an operator.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgescore_converters.ir import Value

from .bayes import likeliest_share
from .builder import Builder
from .columns import Table
from .prediction import Prediction
from .registry import predictor, transformer

KERNELS = {"linear": 0, "rbf": 1, "poly": 2, "polynomial": 2, "sigmoid": 3}


def kernel_sums(
    b: Builder, est: Any, x: Table, points: Any, weights: Any, bias: ArrayLike = 0.0, gamma: float | None = None
) -> Value:
    """K(x, points) weights^T + bias for weights [m, points], with the kernel that ``est`` names.

    Parameters that are None are scikit-learn's defaults: gamma 1 / columns, coef0 1, degree 3.
    """
    degree = 3 if getattr(est, "degree", None) is None else est.degree
    if est.kernel not in KERNELS or degree != int(degree):
        kernel = est.kernel if isinstance(est.kernel, str) else "a Python function"
        what = f"its kernel is {kernel!r}" if est.kernel not in KERNELS else f"its degree is {degree}"
        raise b.refusal(what, f"train with one of {', '.join(KERNELS)}, of a whole degree")
    rows = _dense(points)
    b.saw(x, rows.min(axis=0), rows.max(axis=0))
    gamma = gamma if gamma is not None else getattr(est, "gamma", None)
    coef = np.atleast_2d(np.asarray(weights, np.float64))
    return b.add(
        "kernel_sum",
        x.value,
        rows,
        coef,
        np.broadcast_to(np.ravel(np.asarray(bias, np.float64)), len(coef)),
        kernel=KERNELS[est.kernel],
        degree=int(degree),
        gamma=1.0 / rows.shape[1] if gamma is None else float(gamma),
        coef0=1.0 if getattr(est, "coef0", None) is None else float(est.coef0),
    )


@predictor("KernelRidge")
def ridge(b: Builder, est: Any, x: Table) -> Prediction:
    """The kernel sum, a column for each target."""
    return Prediction("regression", {"predict": kernel_sums(b, est, x, est.X_fit_, np.transpose(est.dual_coef_))})


@transformer("KernelPCA")
def components(b: Builder, est: Any, x: Table) -> Table:
    """Kernels, centred as those of the training rows were, on the scaled eigenvectors, whose own sums are 0."""
    values = est.eigenvalues_
    scaled = np.divide(est.eigenvectors_, np.sqrt(values), out=np.zeros_like(est.eigenvectors_), where=values != 0)
    bias = -(est._centerer.K_fit_rows_ @ scaled)
    return Table(kernel_sums(b, est, x, est.X_fit_, scaled.T, bias, est.gamma_))


@transformer("Nystroem")
def nystroem(b: Builder, est: Any, x: Table) -> Table:
    """Kernels to the rows kept, times the root of the inverse of theirs to each other."""
    return Table(kernel_sums(b, est, x, est.components_, est.normalization_))


@transformer("RBFSampler", "SkewedChi2Sampler")
def random_features(b: Builder, est: Any, x: Table) -> Table:
    """The cosine of a random projection, for the skewed kernel that of the logarithm."""
    value = x.value
    if type(est).__name__ == "SkewedChi2Sampler":
        # Its logarithm gives NaN for the values that scikit-learn raises for, and at the limit itself no number.
        value = b.add("log", b.add("add", value, float(est.skewedness)))
    waves = b.add("cos", b.affine(value, est.random_weights_.T, est.random_offset_))
    return Table(b.add("mul", waves, float(np.sqrt(2.0 / est.n_components))))


@predictor("LabelPropagation", "LabelSpreading")
def propagated(b: Builder, est: Any, x: Table) -> Prediction:
    """The mean of the training rows' distributions, weighted by their kernels."""
    if est.kernel != "rbf":
        raise b.refusal(f"its kernel is {est.kernel!r}", "train with kernel='rbf'")
    sums = kernel_sums(b, est, x, est.X_, est.label_distributions_.T)
    return likeliest_share(b, est, b.add("div", sums, b.row_sum(sums)))


def _dense(matrix: Any) -> Any:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, np.float64)
