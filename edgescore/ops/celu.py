"""celu: y = x, below 0 alpha (e^(x / alpha) - 1)."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, alpha: float) -> Any:
    """x of any shape -> the same shape."""
    kind = x.dtype.type
    return xp.where(x < 0, kind(alpha) * xp.expm1(x / kind(alpha)), x)


OP = Op(
    code=130,
    name="celu",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("alpha", "f64", 1.0),),
    reference=reference,
    inplace=True,
)
