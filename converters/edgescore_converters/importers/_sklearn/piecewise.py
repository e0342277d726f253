"""Functions of one column given by pieces: quantile and spline transformers.

Which piece a value is in decides `bucketize`; what the piece is made of is looked up by its number. Refuses splines
that are not continued beyond their knots, or not as their degree says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgescore_converters.ir import Value

from .builder import Builder
from .columns import Table
from .normal import normal_quantile
from .registry import transformer

Floats = NDArray[np.float64]
# Within this of an end, a normal distribution's quantile is that of the end.
BOUNDS_THRESHOLD = 1e-7


def line_pieces(
    b: Builder, x: Value, edges: Sequence[Floats], starts: Sequence[Floats], lines: Sequence[Floats]
) -> Value:
    """A function of each column: edges [p - 1], starts [p], and lines [p, 2], the height there and the slope. A value
    at an edge is in the piece after it; NaN gives NaN.
    """
    ends = np.cumsum([0, *map(len, edges)]).astype(np.int32)
    number = b.add("bucketize", x, ends, np.concatenate(edges))
    height, slope = (_piece(b, number, [each[:, n] for each in lines]) for n in range(2))
    return b.add("add", b.add("mul", b.add("sub", x, _piece(b, number, starts)), slope), height)


def _piece(b: Builder, number: Value, tables: Sequence[Floats]) -> Value:
    """The entry of each column's table whose number it is."""
    keys = np.concatenate([np.arange(len(table), dtype=np.float64) for table in tables])
    ends = np.cumsum([0, *map(len, tables)]).astype(np.int32)
    return b.add("lookup", number, ends, keys, np.concatenate(tables), np.zeros(len(tables)), None)


@transformer("QuantileTransformer")
def quantiles(b: Builder, est: Any, x: Table) -> Table:
    """The share of training values below: linear between quantiles, the middle of the step where several are equal."""
    normal = est.output_distribution == "normal"
    parts = [_ranks(column, est.references_, normal) for column in est.quantiles_.T]
    for column, (edges, _, _) in zip(x.columns, parts, strict=True):
        b.probe(column, edges)
    b.saw(x, est.quantiles_[0], est.quantiles_[-1])
    y = line_pieces(b, x.value, *map(list, zip(*parts, strict=True)))
    return x.mapped(normal_quantile(b, y) if normal else y)


def _ranks(knots: Floats, references: Floats, normal: bool) -> tuple[Floats, Floats, Floats]:
    """Edges, starts and lines for one column. knots ascend, and equal ones are a step of the function."""
    points, first = np.unique(knots, return_index=True)
    last = len(knots) - 1 - np.unique(knots[::-1], return_index=True)[1]
    low, high = references[first], references[last]
    edges, starts, lines = [], [points[0]], [(0.0, 0.0)]
    for i, at in enumerate(points):
        end = i in (0, len(points) - 1)
        if low[i] != high[i]:
            edges.append(at)
            starts.append(at)
            lines.append((float(i > 0) if end else (low[i] + high[i]) / 2, 0.0))
        edges.append(np.nextafter(at, np.inf) if low[i] != high[i] else at)
        starts.append(at)
        slope = 0.0 if i == len(points) - 1 else (low[i + 1] - high[i]) / (points[i + 1] - at)
        lines.append((high[i], slope))
    if normal:
        below = _least(points[0] + BOUNDS_THRESHOLD, lambda v: v - BOUNDS_THRESHOLD >= points[0])
        above = _least(points[-1] - BOUNDS_THRESHOLD, lambda v: v + BOUNDS_THRESHOLD > points[-1])
        return _ended(np.asarray(edges), np.asarray(starts), np.asarray(lines), below, max(below, above))
    return np.asarray(edges), np.asarray(starts), np.asarray(lines)


def _ended(edges: Floats, starts: Floats, lines: Floats, low: float, high: float) -> tuple[Floats, Floats, Floats]:
    """The pieces from ``low`` to below ``high``, 0 before and 1 after."""
    at_low = int(np.searchsorted(edges, low, side="right"))
    at_high = int(np.searchsorted(edges, high, side="left"))
    kept = slice(at_low, max(at_low, at_high) + 1)
    edges = np.concatenate([[low], edges[at_low:at_high], [high]])
    starts = np.concatenate([[low], starts[kept], [high]])
    return edges, starts, np.concatenate([[(0.0, 0.0)], lines[kept], [(1.0, 0.0)]])


def _least(near: float, holds: Any) -> float:
    """The least number for which ``holds``, which is near ``near``."""
    while not holds(near):
        near = np.nextafter(near, np.inf)
    while holds(np.nextafter(near, -np.inf)):
        near = np.nextafter(near, -np.inf)
    return float(near)


@transformer("SplineTransformer")
def splines(b: Builder, est: Any, x: Table) -> Table:
    """The B-splines of each column by the recursion of Cox and de Boor, step by step as scipy has it."""
    first, degree, mode = est.bsplines_[0], est.degree, est.extrapolation
    if mode == "error":
        reason = "it raises for values beyond its knots, which a score cannot do"
        raise b.refusal(reason, "train with extrapolation='constant', 'linear' or 'continue'")
    knots = np.stack([spline.t for spline in est.bsplines_])
    low, high = knots[:, degree], knots[:, -degree - 1]
    if (np.diff(knots, axis=1) <= 0).any():
        raise b.refusal("two knots of a column are equal", "train with knots='uniform', or fewer knots")
    if degree < (2 if mode == "linear" else 1) and mode != "continue":
        raise b.refusal(f"splines of degree {degree} have no {mode} continuation", "train with degree=3")
    for column, row in zip(x.columns, knots, strict=True):
        b.probe(column, row[degree : len(row) - degree])
    b.saw(x, low, high)
    value = x.value
    if mode == "periodic":
        value = b.add("add", b.add("mod", b.add("sub", value, low), high - low), low)
    elif mode != "continue":
        value = b.add("minimum", b.add("maximum", value, low), high)
    y = _basis(b, value, knots, degree, first.c)
    if mode == "linear":
        slopes = [np.stack([spline(end, nu=1) for spline, end in zip(est.bsplines_, at)]) for at in (low, high)]
        below = b.add("minimum", b.add("sub", x.value, low), 0.0)
        above = b.add("maximum", b.add("sub", x.value, high), 0.0)
        for beyond, slope in ((below, slopes[0]), (above, slopes[1])):
            y = b.add("add", y, b.add("mul", _repeated(b, beyond, slope.shape[1]), slope.ravel()))
    if getattr(est, "handle_missing", "error") == "zeros":
        y = b.add("impute", y, np.zeros(y.shape[-1]))
    if not est.include_bias:
        kept = np.arange(y.shape[-1]).reshape(x.width, -1)[:, :-1]
        y = b.add("columns", y, kept.ravel().astype(np.int32))
    return Table(y)


def _basis(b: Builder, x: Value, knots: Floats, degree: int, weights: Floats) -> Value:
    """The splines of each column [columns * splines], knots [columns, t], weights [bases, splines] of 0 and 1."""
    columns, count = knots.shape[0], knots.shape[1] - 2 * degree - 1
    inner = knots[:, degree + 1 : degree + count]
    ends = (np.arange(columns + 1) * (count - 1)).astype(np.int32)
    number = b.add("bucketize", x, ends, inner.ravel() if inner.size else np.zeros(0))

    def knot(offset: int) -> Value:
        """The knot ``offset`` places after the one at or before x."""
        return _piece(b, number, [row[degree + offset : degree + offset + count] for row in knots])

    near = {offset: knot(offset) for offset in range(1 - degree, degree + 1)}
    parts = [b.add("add", b.add("mul", b.add("sub", x, x), 0.0), 1.0)]
    for level in range(1, degree + 1):
        before, parts = parts, []
        for n in range(1, level + 1):
            after, ahead = near[n], near[n - level]
            share = b.add("div", before[n - 1], b.add("sub", after, ahead))
            left = b.add("mul", share, b.add("sub", after, x))
            parts = [*parts[:-1], b.add("add", parts[-1], left) if parts else left]
            parts.append(b.add("mul", share, b.add("sub", x, ahead)))
    splines = weights.shape[1]
    number = _repeated(b, number, splines)
    y = None
    for n, part in enumerate(parts):
        here = weights[n : n + count]  # which splines the n-th of those that are not 0 is, by piece
        there = b.add("mul", _repeated(b, part, splines), _piece(b, number, list(np.tile(here.T, (columns, 1)))))
        y = there if y is None else b.add("add", y, there)
    assert y is not None
    return y


def _repeated(b: Builder, value: Value, times: int) -> Value:
    """Each column ``times`` times."""
    return b.add("columns", value, np.repeat(np.arange(value.shape[-1]), times).astype(np.int32))
