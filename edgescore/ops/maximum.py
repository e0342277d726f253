"""maximum: y = the larger of a and b; NaN where either is."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    return xp.maximum(a, b)


OP = Op(
    code=81,
    name="maximum",
    sig="@,@>*",
    types=("ff>f", "dd>d", "ii>i", "ll>l", "bb>b", "hh>h"),
    reference=reference,
    check=check,
    infer=infer,
    inplace=True,
)
