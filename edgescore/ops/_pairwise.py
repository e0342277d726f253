"""Distances between rows and reference points, summed column by column: exact for equal points, small in memory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def sqdist(xp: Any, x: Any, points: Any, weights: Any = None) -> Any:
    """x [n, k], points [m, k], weights [m, k] or None -> sum_j weights[., j] (x[., j] - points[., j])^2, [n, m]."""
    total = xp.zeros((len(x), len(points)), x.dtype)
    for j in range(x.shape[1]):
        difference = x[:, j, None] - points[:, j]
        total += difference * difference if weights is None else weights[:, j] * difference * difference
    return total


def manhattan(xp: Any, x: Any, points: Any) -> Any:
    """x [n, k], points [m, k] -> sum_j |x[., j] - points[., j]|, [n, m]."""
    total = xp.zeros((len(x), len(points)), x.dtype)
    for j in range(x.shape[1]):
        total += xp.abs(x[:, j, None] - points[:, j])
    return total
