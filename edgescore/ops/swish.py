"""swish: y = x / (1 + e^(-alpha x)), without overflow."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, alpha: float) -> Any:
    """x of any shape -> the same shape."""
    scaled = x.dtype.type(alpha) * x
    e = xp.exp(-xp.abs(scaled))
    return x * xp.where(scaled < 0, e, x.dtype.type(1)) / (1 + e)


OP = Op(
    code=129,
    name="swish",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("alpha", "f64", 1.0),),
    reference=reference,
    inplace=True,
)
