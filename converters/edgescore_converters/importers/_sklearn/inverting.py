"""Inverses of transformers, for targets that were transformed. Refuses those that have no operators."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from .builder import Builder
from .functions import known
from .piecewise import BOUNDS_THRESHOLD, line_pieces


def inverse(b: Builder, est: Any, y: Value) -> Value:
    """``est.inverse_transform`` of y, for y (1, targets); raises Refused where it has no operators."""
    kind = type(est).__name__
    if kind == "FunctionTransformer":
        compute = known(est.inverse_func) if est.inverse_func is not None else lambda _, value: value
        if compute is not None and not est.inv_kw_args:
            return compute(b, y)
    if kind == "PowerTransformer":
        return _unpowered(b, est, inverse(b, est._scaler, y) if est.standardize else y)
    if kind == "QuantileTransformer":
        return _at_share(b, est, y)
    if kind in ("StandardScaler", "RobustScaler", "MaxAbsScaler"):
        centre = {"StandardScaler": "mean_", "RobustScaler": "center_"}.get(kind, "")
        uses_centre = getattr(est, "with_mean", True) and getattr(est, "with_centering", True)
        if est.scale_ is not None:
            y = b.add("mul", y, est.scale_)
        shift = getattr(est, centre, None) if uses_centre else None
        return b.add("add", y, shift) if shift is not None else y
    if kind == "MinMaxScaler" and not est.clip:
        return b.add("div", b.add("sub", y, est.min_), est.scale_)
    remedy = "use a scaler, or func and inverse_func that are numpy functions such as log1p and expm1"
    raise b.refusal(f"the inverse of its transformer {kind} has no operators", remedy)


def _unpowered(b: Builder, est: Any, y: Value) -> Value:
    """The inverse of Box-Cox, or of Yeo-Johnson, whose halves are summed as one of them is zero."""
    exponent = np.asarray(est.lambdas_, np.float64)
    if est.method == "box-cox":
        return b.add("add", _root(b, y, exponent), 1.0)
    above = _root(b, b.add("relu", y), exponent)
    return b.add("sub", above, _root(b, b.add("relu", b.add("mul", y, -1.0)), 2.0 - exponent))


def _root(b: Builder, y: Value, exponent: NDArray[np.float64]) -> Value:
    """(l y + 1)^(1 / l) - 1 by column, exp(y) - 1 where l is 0."""
    zero = np.abs(exponent) < np.finfo(np.float64).eps
    held = np.where(zero, 1.0, exponent)
    powered = b.add("div", b.add("log1p", b.add("mul", y, held)), held)
    if zero.all():
        return b.add("expm1", y)
    if zero.any():
        powered = b.concat([_column(b, y if zero[j] else powered, j) for j in range(len(zero))])
    return b.add("expm1", powered)


def _column(b: Builder, value: Value, index: int) -> Value:
    return b.add("columns", value, np.asarray([index], np.int32))


def _at_share(b: Builder, est: Any, y: Value) -> Value:
    """The quantile at a share: linear between those known, the first and last ones beyond."""
    if est.output_distribution == "normal":
        y = b.add("div", b.add("add", b.add("erf", b.add("div", y, float(np.sqrt(2.0)))), 1.0), 2.0)
        low, high = BOUNDS_THRESHOLD, 1 - BOUNDS_THRESHOLD
    else:
        low, high = 0.0, 1.0
    share = est.references_
    edges = np.concatenate([[low], share[1:-1], [high]])
    starts = np.concatenate([[0.0], share[:-1], [1.0]])
    lines = [
        np.stack(
            [np.concatenate([heights[:1], heights]), np.concatenate([[0.0], np.diff(heights) / np.diff(share), [0.0]])]
        )
        for heights in est.quantiles_.T
    ]
    return line_pieces(b, y, [edges] * len(lines), [starts] * len(lines), [line.T for line in lines])
