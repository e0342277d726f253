"""top_k: the k largest (or smallest) of each line of the last axis, in order, and where they stood.

Of equal ones the lower index comes first. NaN counts as larger than every number: it comes first among the largest,
last among the smallest. sorted: 0 allows any order, and this one is among those.
"""

from __future__ import annotations

from edgescore.ops._axes import PARAM, SHAPE
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, largest: int, sorted: int, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """x [.., n] -> values of ``shape`` [.., k], indices int64 [.., k]."""
    k = shape[-1]
    if largest:  # of equals the last of the reversed line is the first of the line
        index = (x.shape[-1] - 1 - xp.argsort(x[..., ::-1], axis=-1, kind="stable"))[..., ::-1][..., :k]
    else:
        index = xp.argsort(x, axis=-1, kind="stable")[..., :k]
    return xp.take_along_axis(x, index, axis=-1), index.astype("int64")


def check(xp: Any, x: Any, values: Any, indices: Any, largest: int, sorted: int) -> int:
    """SHAPE unless both outputs are like x with k <= n in its last axis, PARAM for switches neither 0 nor 1."""
    shape = values.shape
    if not x.shape or len(shape) != len(x.shape) or indices.shape != shape or shape[:-1] != x.shape[:-1]:
        return SHAPE
    if shape[-1] > x.shape[-1]:
        return SHAPE
    return 0 if largest in (0, 1) and sorted in (0, 1) else PARAM


OP = Op(
    code=65,
    name="top_k",
    sig="*>*,*",
    types=("f>fl", "d>dl", "i>il", "l>ll", "b>bl", "h>hl"),
    params=(("largest", "i32", 1), ("sorted", "i32", 1)),
    reference=reference,
    check=check,
    wants_shape=True,
    rowwise=False,
)
