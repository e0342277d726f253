"""Gaussian processes: means by any sum and product of scikit-learn's kernels; two classes or one against the rest.

The mean only: predict gives it alone unless asked. Refuses kernels of one's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .prediction import Prediction, plain
from .registry import predictor

Floats = NDArray[np.float64]


@predictor("GaussianProcessRegressor")
def regressor(b: Builder, est: Any, x: Table) -> Prediction:
    """Kernels to the training rows times their weights, in the units of the targets."""
    if not hasattr(est, "X_train_"):
        raise b.refusal("it has seen no rows", "call fit before converting")
    kernels = _kernels(b, est.kernel_, x, np.asarray(est.X_train_, np.float64))
    spread = np.ravel(est._y_train_std)
    weights = np.reshape(est.alpha_, (len(est.alpha_), -1)) * spread
    return Prediction("regression", {"predict": b.affine(kernels, weights.T, est._y_train_mean)})


@predictor("GaussianProcessClassifier")
def classifier(b: Builder, est: Any, x: Table) -> Prediction:
    """One process for two classes, else one for each class or pair; pairs have no probabilities."""
    found = b.predict(est.base_estimator_, x)
    pairs = type(est.base_estimator_).__name__ == "OneVsOneClassifier"
    return Prediction(
        "classification", {} if pairs else found.scores, found.label, plain(est.classes_), (), found.failed
    )


# Williams and Barber, Bayesian Classification with Gaussian Processes (1998), appendix A: a sigmoid as error functions.
SCALES = np.asarray([0.41, 0.4, 0.37, 0.44, 0.39])
SHARES = np.asarray([-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654])


@predictor("_BinaryGaussianProcessClassifierLaplace")
def two_classes(b: Builder, est: Any, x: Table) -> Prediction:
    """The sign of the latent mean is the class; the sigmoid's mean over its normal distribution the probability."""
    kernels = _kernels(b, est.kernel_, x, np.asarray(est.X_train_, np.float64))
    mean = b.affine(kernels, (est.y_train_ - est.pi_)[None, :])
    known = b.affine(kernels, np.linalg.solve(est.L_, np.diag(est.W_sr_)))
    own = _own(b, est.kernel_, x)
    variance = b.add("sub", own, b.add("sqdist", known, np.zeros((1, known.shape[-1])), None))
    spread = b.add("sqrt", b.affine(variance, 2 * SCALES[:, None] ** 2, np.ones(len(SCALES))))
    sides = b.add("erf", b.add("div", b.affine(mean, SCALES[:, None]), spread))
    p = b.affine(sides, SHARES[None, :] / 2, SHARES.sum() / 2)
    return Prediction("classification", {"predict_proba": b.pair(p)}, b.above(mean, 0.0), plain(est.classes_))


def _kernels(b: Builder, kernel: Any, x: Table, points: Floats) -> Value:
    """The kernel of a row and each of ``points``, (1, points)."""
    b.saw(x, points.min(axis=0), points.max(axis=0))
    found = _kernel(b, kernel, x.value, points)
    if isinstance(found, float):
        return b.constant(x, np.full(len(points), found))
    return found


def _kernel(b: Builder, kernel: Any, x: Value, points: Floats) -> Value | float:
    name = type(kernel).__name__
    if not type(kernel).__module__.startswith("sklearn."):
        raise b.refusal(f"its kernel {name} is not scikit-learn's own", "train with kernels of scikit-learn")
    if name in ("Sum", "Product"):
        return _both(b, "add" if name == "Sum" else "mul", *(_kernel(b, k, x, points) for k in (kernel.k1, kernel.k2)))
    if name == "Exponentiation":
        inner = _kernel(b, kernel.kernel, x, points)
        return inner**kernel.exponent if isinstance(inner, float) else b.add("power", inner, float(kernel.exponent))
    if name == "ConstantKernel":
        return float(kernel.constant_value)
    if name == "WhiteKernel":
        return 0.0  # between rows of two tables
    if name == "DotProduct":
        return b.affine(x, points, kernel.sigma_0**2)
    if name not in ("RBF", "Matern", "RationalQuadratic", "ExpSineSquared"):
        raise b.refusal(f"its kernel is {name}", "train with RBF, Matern, RationalQuadratic or DotProduct")
    scale = np.asarray(kernel.length_scale, np.float64)
    if name in ("RBF", "Matern"):
        squares = b.add("sqdist", b.add("div", x, scale), points / scale, None)
        return _matern(b, squares, np.inf if name == "RBF" else kernel.nu)
    squares = b.add("sqdist", x, points, None)
    if name == "ExpSineSquared":
        wave = b.add("sin", b.add("mul", b.add("sqrt", squares), np.pi / kernel.periodicity))
        wave = b.add("div", wave, scale)
        return b.add("exp", b.add("mul", b.add("mul", wave, wave), -2.0))
    share = b.add("add", b.add("div", squares, 2 * kernel.alpha * scale**2), 1.0)
    return b.add("exp", b.add("mul", b.add("log", share), -float(kernel.alpha)))


def _matern(b: Builder, squares: Value, smoothness: float) -> Value:
    if smoothness == np.inf:
        return b.add("exp", b.add("mul", squares, -0.5))
    if smoothness not in (0.5, 1.5, 2.5):
        raise b.refusal(f"nu of its Matern kernel is {smoothness}", "train with nu=0.5, 1.5, 2.5 or inf")
    distance = b.add("mul", b.add("sqrt", squares), float(np.sqrt(2 * smoothness)))
    decay = b.add("exp", b.add("mul", distance, -1.0))
    if smoothness == 0.5:
        return decay
    factor = b.add("add", distance, 1.0)
    if smoothness == 2.5:
        factor = b.add("add", factor, b.add("div", b.add("mul", distance, distance), 3.0))
    return b.add("mul", factor, decay)


def _own(b: Builder, kernel: Any, x: Table) -> Value:
    """The kernel of a row and itself, (1, 1)."""
    found = _diagonal(b, kernel, x.value)
    return b.constant(x, [found]) if isinstance(found, float) else found


def _diagonal(b: Builder, kernel: Any, x: Value) -> Value | float:
    name = type(kernel).__name__
    if name in ("Sum", "Product"):
        return _both(b, "add" if name == "Sum" else "mul", *(_diagonal(b, k, x) for k in (kernel.k1, kernel.k2)))
    if name == "Exponentiation":
        inner = _diagonal(b, kernel.kernel, x)
        return inner**kernel.exponent if isinstance(inner, float) else b.add("power", inner, float(kernel.exponent))
    if name == "DotProduct":
        return b.add("add", b.add("sqdist", x, np.zeros((1, x.shape[-1])), None), kernel.sigma_0**2)
    return float(kernel.diag(np.zeros((1, x.shape[-1])))[0])  # the same for every row


def _both(b: Builder, op: str, first: Value | float, second: Value | float) -> Value | float:
    if isinstance(first, float):
        first, second = second, first
    if isinstance(first, float):
        assert isinstance(second, float)
        return first + second if op == "add" else first * second
    return b.add(op, first, second)
