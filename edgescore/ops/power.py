"""power: y = a^b as C's pow, NaN for a negative a and a fractional b. Integers wrap; 1 / a^-b loses its fraction."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    if a.dtype.kind == "f":
        return xp.power(a, b)
    inverse = xp.where(xp.abs(a) == 1, xp.power(a, b & 1), a.dtype.type(0))
    return xp.where(b < 0, inverse, xp.power(a, xp.maximum(b, 0)))


OP = Op(
    code=37,
    name="power",
    sig="@,@>*",
    types=("ff>f", "dd>d", "ii>i", "ll>l"),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
