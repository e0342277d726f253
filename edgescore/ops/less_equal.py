"""less_equal: y = a <= b; false where either is NaN."""

from __future__ import annotations

from edgescore.ops._broadcast import check, infer
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, a: Any, b: Any) -> Any:
    """a and b of any shapes that broadcast -> the shape they have together."""
    return a <= b


OP = Op(
    code=85,
    name="less_equal",
    sig="@,@>*",
    types=("ff>o", "dd>o", "ii>o", "ll>o", "bb>o", "hh>o"),
    reference=reference,
    check=check,
    infer=infer,
)
