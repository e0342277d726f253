"""hard_sigmoid: y = alpha x + beta held between 0 and 1; NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reference(xp: Any, x: Any, alpha: float, beta: float) -> Any:
    """x of any shape -> the same shape."""
    line = x.dtype.type(alpha) * x + x.dtype.type(beta)
    return xp.where(line < 0, x.dtype.type(0), xp.where(line > 1, x.dtype.type(1), line))


OP = Op(
    code=121,
    name="hard_sigmoid",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(
        ("alpha", "f64", 0.2),
        ("beta", "f64", 0.5),
    ),
    reference=reference,
    inplace=True,
)
