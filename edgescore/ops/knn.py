"""knn: the k nearest of r reference points, and the mean of their values or the shares of their classes.

Of points at the same distance the earlier counts as nearer. metric: 2 Euclidean, 1 Manhattan. weights: 0 all neighbours
count alike, 1 by 1 / distance, where neighbours at distance 0 (or so near that 1 / distance is infinite) count alike
and alone, as in scikit-learn. classes 0: values [r, m] are averaged. classes m: values [r, 1] are class indices below
m, and the output is each class's share; its argmax is the majority, the lower of equals. The output's shape must be
given to Graph.add. A row with NaN gives NaN; so does, with weights 1, a row so far off that all distances are infinite.
"""

from __future__ import annotations

from edgescore.ops import _pairwise
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15
MAX_NEIGHBOURS = 64  # the kernel keeps them on the stack


def reference(xp: Any, x: Any, points: Any, values: Any, k: int, weights: int, metric: int, classes: int) -> Any:
    """x [n, c], points [r, c], values [r, v] -> [n, m]."""
    distances = (_pairwise.sqdist if metric == 2 else _pairwise.manhattan)(xp, x, points)
    nearest = xp.argsort(distances, axis=1, kind="stable")[:, :k]
    near = xp.take_along_axis(distances, nearest, axis=1)
    weight = xp.where(xp.isnan(near), near, x.dtype.type(1))
    if weights:
        weight = 1 / (xp.sqrt(near) if metric == 2 else near)
        infinite = xp.isinf(weight)
        weight = xp.where(infinite.any(axis=1, keepdims=True), infinite, weight)
    if classes:
        values = (values == xp.arange(classes)).astype(x.dtype)
    total = xp.zeros((len(x), values.shape[1]), x.dtype)
    for i in range(k):
        total += weight[:, i, None] * values[nearest[:, i]]
    return total / weight.sum(axis=1, keepdims=True)


def check(xp: Any, x: Any, points: Any, values: Any, y: Any, k: int, weights: int, metric: int, classes: int) -> int:
    """PARAM, SHAPE or CONSTANT: see above; points must be finite and a class index must be one."""
    r, v = values.shape
    if not (1 <= k <= min(r, MAX_NEIGHBOURS) and weights in (0, 1) and metric in (1, 2) and classes >= 0):
        return PARAM
    if y.shape[1] != (classes or v) or (classes and v != 1):
        return SHAPE
    if not xp.isfinite(points).all():
        return CONSTANT
    return 0 if not classes or (values == xp.clip(xp.floor(values), 0, classes - 1)).all() else CONSTANT


OP = Op(
    code=36,
    name="knn",
    sig="nk,!rk,!rv>nm",
    types=("fff>f", "ddd>d"),
    params=(("k", "i32", 5), ("weights", "i32", 0), ("metric", "i32", 2), ("classes", "i32", 0)),
    reference=reference,
    check=check,
)
