"""clip: x held between lo and hi; NaN stays NaN."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, lo: float, hi: float) -> Any:
    """x of any shape -> the same shape; the limits are rounded to x's dtype."""
    low, high = x.dtype.type(lo), x.dtype.type(hi)
    return xp.where(x < low, low, xp.where(x > high, high, x))


def check(xp: Any, x: Any, y: Any, lo: float, hi: float) -> int:
    """PARAM unless lo <= hi, which NaN is not."""
    return 0 if lo <= hi else PARAM


OP = Op(
    code=9,
    name="clip",
    sig="...>...",
    types=("f>f", "d>d"),
    params=(("lo", "f64", float("-inf")), ("hi", "f64", float("inf"))),
    reference=reference,
    check=check,
    inplace=True,
)
