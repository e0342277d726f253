"""atanh: the inverse hyperbolic tangent of x; NaN beyond -1 and 1."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any) -> Any:
    """x of any shape -> the same shape."""
    return xp.arctanh(x)


OP = Op(
    code=116,
    name="atanh",
    sig="...>...",
    types=("f>f", "d>d"),
    reference=reference,
    inplace=True,
)
