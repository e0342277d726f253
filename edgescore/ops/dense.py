"""dense: y = x w^T + b, optionally clamped (a fused relu or clip)."""

from __future__ import annotations

from edgescore.ops._op import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PARAM = -15


def reference(xp: Any, x: Any, w: Any, b: Any, lo: float, hi: float) -> Any:
    """x [n, k], w [m, k], b [m] or None -> [n, m]; accumulates in x's dtype; NaN passes through the clamp."""
    y = x @ w.T
    if b is not None:
        y = y + b
    return xp.clip(y, y.dtype.type(lo), y.dtype.type(hi))


def check(xp: Any, x: Any, w: Any, b: Any, y: Any, lo: float, hi: float) -> int:
    """PARAM unless lo <= hi, which NaN is not."""
    return 0 if lo <= hi else PARAM


OP = Op(
    code=1,
    name="dense",
    sig="nk,!mk,!m?>nm",
    types=("fff>f", "ddd>d"),
    params=(("lo", "f32", float("-inf")), ("hi", "f32", float("inf"))),
    reference=reference,
    check=check,
)
