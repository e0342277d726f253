"""shift: the bits of a moved by b places, up (left) or down, where the sign moves in.

b outside the width of the dtype moves all of them out.
"""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any, left: int) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    width = 8 * a.dtype.itemsize
    inside = (b >= 0) & (b < width)
    places = xp.where(inside, b, 0).astype(a.dtype)
    if left:
        return xp.where(inside, xp.left_shift(a, places), a.dtype.type(0))
    return xp.where(inside, xp.right_shift(a, places), xp.where(a < 0, -1, 0).astype(a.dtype))


OP = Op(
    code=94,
    name="shift",
    sig="@,@>*",
    types=tuple(f"{letter}{letter}>{letter}" for letter in "bhilBHI"),
    params=(("left", "i32", 1),),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
