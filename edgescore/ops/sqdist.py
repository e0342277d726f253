"""sqdist: squared distances to points, or weighted by column: sum_j w[m, j] (x_j - c[m, j])^2.

k-means transforms and nearest centroids take its root; Gaussian naive Bayes has means for points and 1 / variances for
weights.
"""

from __future__ import annotations

from edgescore.ops import _pairwise
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, points: Any, weights: Any) -> Any:
    """x [n, k], points [m, k], weights [m, k] or None -> [n, m]."""
    return _pairwise.sqdist(xp, x, points, weights)


OP = Op(code=35, name="sqdist", sig="nk,!mk,!mk?>nm", types=("fff>f", "ddd>d"), reference=reference)
