"""softplus: y = log(1 + e^x), without overflow."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.log1p(xp.exp(-xp.abs(x))) + xp.where(x > 0, x, x.dtype.type(0))


OP = Op(
    code=118,
    name="softplus",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
