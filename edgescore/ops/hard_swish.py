"""hard_swish: y = x (x + 3) / 6, 0 below -3 and x above 3; NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    held = xp.where(x < -3, x.dtype.type(0), x + 3)
    return x * xp.where(held > 6, x.dtype.type(6), held) / 6


OP = Op(
    code=122,
    name="hard_swish",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
