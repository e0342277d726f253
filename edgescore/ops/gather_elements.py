"""gather_elements: for each index the element of x at its place, but on one axis where the index says (ONNX
GatherElements).
"""

from __future__ import annotations

from edgescore.ops._axes import PARAM, SHAPE, axis_of, but
from edgescore.ops._indices import GATHER, inside
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, index: Any, axis: int) -> Any:
    """x, index of as many axes, no longer than x but along the axis -> the shape of index."""
    places = list(xp.indices(index.shape, sparse=True))
    places[axis] = inside(xp, index, x.shape[axis])
    return x[tuple(places)]


def check(xp: Any, x: Any, index: Any, y: Any, axis: int) -> int:
    """PARAM for an axis that x does not have, SHAPE for indices beyond x, or an output not like them."""
    at = axis_of(axis, x.shape)
    if at is None:
        return PARAM
    if len(index.shape) != len(x.shape) or index.shape != y.shape:
        return SHAPE
    return 0 if all(n <= size for n, size in zip(but(index.shape, at), but(x.shape, at))) else SHAPE


OP = Op(
    code=59,
    name="gather_elements",
    sig="@,@>*",
    types=GATHER,
    params=(("axis", "i32", 0),),
    reference=reference,
    check=check,
    rowwise=False,
)
