"""prelu: y = x, below 0 slope times x; with a number as slope, a leaky relu."""

from __future__ import annotations

from edgescore.ops._broadcast import check
from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, slope: Any) -> Any:
    """x of any shape, slope of one that broadcasts to it -> the shape of x."""
    return xp.where(x < 0, x * slope, x)


OP = Op(
    code=134,
    name="prelu",
    sig="...,@>...",
    types=("ff>f", "dd>d"),
    reference=reference,
    check=check,
    inplace=True,
)
