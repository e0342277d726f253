"""acosh: the inverse hyperbolic cosine of x; NaN below 1."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.arccosh(x)


OP = Op(
    code=115,
    name="acosh",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
