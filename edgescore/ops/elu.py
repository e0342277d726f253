"""elu: y = x, below 0 alpha (e^x - 1)."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, alpha: float) -> Any:
    """x of any shape -> the same shape."""
    return xp.where(x < 0, x.dtype.type(alpha) * xp.expm1(x), x)


OP = Op(
    code=119,
    name="elu",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("alpha", "f64", 1.0),),
    reference=reference,
    inplace=True,
)
