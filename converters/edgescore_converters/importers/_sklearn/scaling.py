"""Scalers and normalizers: each column (or row) by itself, NaN passing through where scikit-learn lets it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .columns import Table
from .registry import transformer


@transformer("StandardScaler")
def standard(b: Builder, est: Any, x: Table) -> Table:
    """(x - mean) / scale."""
    mean = est.mean_ if est.with_mean else None
    if est.mean_ is not None:
        spread = 3 * (est.scale_ if est.scale_ is not None else 1.0)
        b.saw(x, est.mean_ - spread, est.mean_ + spread)
    return _centre_and_scale(b, x, mean, est.scale_ if est.with_std else None)


@transformer("RobustScaler")
def robust(b: Builder, est: Any, x: Table) -> Table:
    """(x - median) / interquartile range."""
    if est.center_ is not None and est.scale_ is not None:
        b.saw(x, est.center_ - 2 * est.scale_, est.center_ + 2 * est.scale_)
    return _centre_and_scale(
        b, x, est.center_ if est.with_centering else None, est.scale_ if est.with_scaling else None
    )


@transformer("MaxAbsScaler")
def max_abs(b: Builder, est: Any, x: Table) -> Table:
    """x / the largest absolute value, held within -1 and 1 if the scaler clips."""
    b.saw(x, -est.max_abs_, est.max_abs_)
    scaled = _centre_and_scale(b, x, None, est.scale_)
    return scaled.mapped(b.add("clip", scaled.value, lo=-1.0, hi=1.0)) if getattr(est, "clip", False) else scaled


@transformer("MinMaxScaler")
def min_max(b: Builder, est: Any, x: Table) -> Table:
    """x * scale + min, held within the range if the scaler clips."""
    b.saw(x, est.data_min_, est.data_max_)
    scaled = b.add("add", b.add("mul", x.value, est.scale_), est.min_)
    if not est.clip:
        return x.affine(scaled, est.scale_, est.min_)
    return x.mapped(b.add("clip", scaled, lo=float(est.feature_range[0]), hi=float(est.feature_range[1])))


def _centre_and_scale(b: Builder, x: Table, centre: Any, scale: Any) -> Table:
    y = x
    if centre is not None:
        y = y.affine(b.add("sub", y.value, centre), 1.0, -np.asarray(centre))
    if scale is not None:
        y = y.affine(b.add("div", y.value, scale), 1.0 / np.asarray(scale), 0.0)
    return y


@transformer("Normalizer")
def normalizer(b: Builder, est: Any, x: Table) -> Table:
    """Rows divided by their norm; scikit-learn leaves a row alone whose norm is below 10 machine epsilons."""
    norm = {"max": 0, "l1": 1, "l2": 2}[est.norm]
    return Table(b.add("normalizer", x.value, norm=norm, tiny=10 * float(np.finfo(np.float64).eps)))


@transformer("PowerTransformer")
def power(b: Builder, est: Any, x: Table) -> Table:
    """Yeo-Johnson: ((1 + x)^l - 1) / l from 0 up, ((1 - x)^(2 - l) - 1) / (l - 2) below; a logarithm where l is 0 or 2.

    One of relu(x) and relu(-x) is zero, and a zero adds nothing, so both halves are summed.
    """
    exponent = np.asarray(est.lambdas_, np.float64)
    if est.method == "box-cox":
        # scikit-learn raises for values that are not positive; here they give NaN.
        positive = b.inside(x.value, float(np.nextafter(0, 1)), np.inf)
        y = x.mapped(b.add("add", _power(b, b.add("log", x.value), exponent), positive))
        return standard(b, est._scaler, y) if est.standardize else y
    above = _power(b, b.add("log1p", b.add("relu", x.value)), exponent)
    below = _power(b, b.add("log1p", b.add("relu", b.add("mul", x.value, -1.0))), 2.0 - exponent)
    y = x.mapped(b.add("sub", above, below))
    return standard(b, est._scaler, y) if est.standardize else y


def _power(b: Builder, logarithm: Any, exponent: Any) -> Any:
    """(x^l - 1) / l by column, log(x) where l is 0 (to 2.2e-16, as scikit-learn has it)."""
    zero = np.abs(exponent) < np.finfo(np.float64).eps
    # expm1(l log(x)) / l keeps its digits for small l; where l is 0 its place is taken by the logarithm.
    powered = b.add("expm1", b.add("mul", logarithm, np.where(zero, 1.0, exponent)))
    if not zero.any():
        return b.add("div", powered, exponent)
    return b.add(
        "add",
        b.add("mul", powered, np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, exponent))),
        b.add("mul", logarithm, zero.astype(np.float64)),
    )
