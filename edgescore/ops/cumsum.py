"""cumsum: sums of the elements of an axis up to each one; exclusive: without it; reverse: from the end. float is summed
in double; integers wrap around.
"""

from __future__ import annotations

from edgescore.ops._axes import PARAM, axis_of
from edgescore.ops._number import sum_dtype
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, axis: int, exclusive: int, reverse: int) -> Any:
    """x of one axis at least -> the same shape."""
    lines = xp.moveaxis(x, axis, -1)
    lines = lines[..., ::-1] if reverse else lines
    sums = xp.cumsum(lines, axis=-1, dtype=sum_dtype(x))
    if exclusive:
        sums = xp.concatenate([xp.zeros_like(sums[..., :1]), sums[..., :-1]], axis=-1)
    sums = sums[..., ::-1] if reverse else sums
    return xp.moveaxis(sums, -1, axis).astype(x.dtype)


def check(xp: Any, x: Any, y: Any, axis: int, exclusive: int, reverse: int) -> int:
    """PARAM for an axis that x does not have, or switches that are neither 0 nor 1."""
    return 0 if axis_of(axis, x.shape) is not None and exclusive in (0, 1) and reverse in (0, 1) else PARAM


OP = Op(
    code=64,
    name="cumsum",
    sig="...>...",
    types=("f>f", "d>d", "i>i", "l>l"),
    params=(("axis", "i32", 0), ("exclusive", "i32", 0), ("reverse", "i32", 0)),
    reference=reference,
    check=check,
    inplace=True,
    rowwise=False,
)
