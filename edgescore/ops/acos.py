"""acos: the arc cosine of x; NaN beyond -1 and 1."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.arccos(x)


OP = Op(
    code=110,
    name="acos",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
