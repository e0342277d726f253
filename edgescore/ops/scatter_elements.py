"""scatter_elements: x with each update written to, or combined with, its place, but on one axis where the index says
(ONNX ScatterElements). See scatter_nd for what reductions there are.
"""

from __future__ import annotations

from edgescore.ops._axes import PARAM, SHAPE, axis_of, but
from edgescore.ops._indices import MAXIMUM, SCATTER, inside, scatter
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, updates: Any, axis: int, reduction: int) -> Any:
    """x, index of as many axes, no longer than x but along the axis, updates like index -> the shape of x."""
    places = list(xp.indices(index.shape))
    places[axis] = inside(xp, index, x.shape[axis])
    y = x.copy()
    scatter(xp, y, tuple(place.reshape(-1) for place in places), updates.reshape(-1), reduction)
    return y


def check(xp: Any, x: Any, index: Any, updates: Any, y: Any, axis: int, reduction: int) -> int:
    """PARAM for an axis that x does not have or an unknown reduction, SHAPE for indices beyond x, updates not like
    them, or an output not like x.
    """
    at = axis_of(axis, x.shape)
    if at is None:
        return PARAM
    if len(index.shape) != len(x.shape) or index.shape != updates.shape or x.shape != y.shape:
        return SHAPE
    if any(n > size for n, size in zip(but(index.shape, at), but(x.shape, at))):
        return SHAPE
    return 0 if 0 <= reduction <= MAXIMUM else PARAM


OP = Op(
    code=60,
    name="scatter_elements",
    sig="@,@,@>*",
    types=SCATTER,
    params=(("axis", "i32", 0), ("reduction", "i32", 0)),
    reference=reference,
    check=check,
    rowwise=False,
)
