"""ceil: the next integer at or above x."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.ceil(x)


OP = Op(
    code=102,
    name="ceil",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
