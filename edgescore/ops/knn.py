"""knn: the k nearest of r reference points, and the mean of their values or the shares of their classes.

metric: 2 Euclidean, 1 Manhattan. weights: 0 all neighbours count alike, 1 by 1 / distance, where neighbours at distance
0 (or so near that 1 / distance is infinite) count alike and alone, as in scikit-learn. classes 0: values [r, m] are
averaged. classes m: values [r, 1] are class indices below m, and the output is each class's share; its argmax is the
majority, the lower of equals. The output's shape must be given to Graph.add. A row with NaN gives NaN; so does, with
weights 1, a row so far off that all distances are infinite.

Which of the points at the k-th distance count is decided as scikit-learn decides it: distances are summed column by
column, points are met in an order, and a heap of k lets the new one in only if it is nearer than the farthest, which
then leaves. tree 0: the order is that of the points. With nodes [2^l - 1, .], the children of i being 2i + 1 and 2i + 2
and halving its points, the nearer child comes first and a node beyond the farthest neighbour not at all; which makes a
search short, too. tree 1: a node is a box, its lower and then its upper corner; 2: a ball, its centre and radius.
"""

from __future__ import annotations

from edgescore.ops import _pairwise
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHAPE, CONSTANT, PARAM = -10, -13, -15
MAX_NEIGHBOURS = 64  # the kernel keeps them on the stack,
MAX_NODES = 1 << 16  # and those of a path from the root


def reference(
    xp: Any, x: Any, points: Any, values: Any, nodes: Any, k: int, weights: int, metric: int, classes: int, tree: int
) -> Any:
    """x [n, c], points [r, c], values [r, v], nodes [b, 2c] or [b, c + 1] or None -> [n, m]."""
    distances = (_pairwise.sqdist if metric == 2 else _pairwise.manhattan)(xp, x, points)
    bounds = xp.zeros((len(x), 1), x.dtype) if nodes is None else _bounds(xp, x, nodes, metric, tree)
    found = [_search(xp, *row, k) for row in zip(distances, bounds.tolist())]
    nearest = xp.asarray(found).reshape(len(x), k)
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


def _bounds(xp: Any, x: Any, nodes: Any, metric: int, tree: int) -> Any:
    """Below the distance of every point in a node, [n, b]."""
    c = x.shape[1]
    if tree == 2:
        distance = (_pairwise.sqdist if metric == 2 else _pairwise.manhattan)(xp, x, nodes[:, :c])
        gap = xp.maximum((xp.sqrt(distance) if metric == 2 else distance) - nodes[:, c], 0)
        return gap * gap if metric == 2 else gap
    total = xp.zeros((len(x), len(nodes)), x.dtype)
    for j in range(c):
        gap = xp.maximum(nodes[:, j] - x[:, j, None], 0) + xp.maximum(x[:, j, None] - nodes[:, c + j], 0)
        total += gap * gap if metric == 2 else gap
    return total


def _search(xp: Any, distances: Any, bounds: list[float], k: int) -> list[int]:
    """The k nearest by distances [r], nearest first; bounds: of the nodes."""
    near, index = [float("inf")] * k, list(range(k))
    waiting = [(0, 0, len(distances))]
    while waiting:
        node, start, end = waiting.pop()
        left = 2 * node + 1
        if bounds[node] > near[0]:
            continue
        if left < len(bounds):
            middle = start + (end - start) // 2
            children = [(left + 1, middle, end), (left, start, middle)]
            waiting += children if bounds[left] <= bounds[left + 1] else children[::-1]
            continue
        for i in xp.flatnonzero(~(distances[start:end] >= near[0])).tolist():
            _push(near, index, float(distances[start + i]), start + i)
    return [index[i] for i in sorted(range(k), key=near.__getitem__)]


def _push(near: list[float], index: list[int], distance: float, point: int) -> None:
    """In place of the farthest, unless it is as far itself."""
    if distance >= near[0]:
        return
    at = 0
    while 2 * at + 1 < len(near):
        child = 2 * at + 1
        child += child + 1 < len(near) and near[child + 1] > near[child]
        if not distance < near[child]:
            break
        near[at], index[at], at = near[child], index[child], child
    near[at], index[at] = distance, point


def check(
    xp: Any,
    x: Any,
    points: Any,
    values: Any,
    nodes: Any,
    y: Any,
    k: int,
    weights: int,
    metric: int,
    classes: int,
    tree: int,
) -> int:
    """PARAM, SHAPE or CONSTANT: see above; points and nodes must be finite and a class index must be one."""
    (r, c), v = points.shape, values.shape[1]
    if not (1 <= k <= min(r, MAX_NEIGHBOURS) and weights in (0, 1) and metric in (1, 2) and classes >= 0):
        return PARAM
    if tree not in (0, 1, 2) or (tree == 0) != (nodes is None):
        return PARAM
    if y.shape[1] != (classes or v) or (classes and v != 1):
        return SHAPE
    if nodes is not None:
        count, width = nodes.shape
        if width != (2 * c if tree == 1 else c + 1) or not 0 < count < MAX_NODES or count & (count + 1):
            return SHAPE
    if not xp.isfinite(points).all() or (nodes is not None and not xp.isfinite(nodes).all()):
        return CONSTANT
    return 0 if not classes or (values == xp.clip(xp.floor(values), 0, classes - 1)).all() else CONSTANT


OP = Op(
    code=36,
    name="knn",
    sig="nk,!rk,!rv,!bw?>nm",
    types=("ffff>f", "dddd>d"),
    params=(("k", "i32", 5), ("weights", "i32", 0), ("metric", "i32", 2), ("classes", "i32", 0), ("tree", "i32", 0)),
    reference=reference,
    check=check,
)
