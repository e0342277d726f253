"""floor: the next integer at or below x."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.floor(x)


OP = Op(
    code=101,
    name="floor",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
