"""sinh: the hyperbolic sine of x."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.sinh(x)


OP = Op(
    code=112,
    name="sinh",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
