"""atan: the arc tangent of x."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.arctan(x)


OP = Op(
    code=111,
    name="atan",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
